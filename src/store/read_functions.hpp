// Which functions of ours answer a user's questions in rows, and a call of one made of arguments by name.
#pragma once

#include <string>
#include <vector>

#include "store/extension.hpp"

namespace roi::store {

struct ReadFunction {
    struct Parameter {
        std::string name, type;
    };
    std::string name;
    std::vector<Parameter> parameters;

    bool takes(const std::string &parameter) const;
};

// The function roi_<name>: a member of the extension that only reads, takes a user_id first and returns rows. Inside an
// SpiScope. Raises 22023 with a list of what there is.
ReadFunction find_read_function(const Extension &extension, const std::string &name);

// What a call passes by name: a plain value of the parameter's type, or text that the server casts to it.
struct Passed {
    std::string name;
    Oid type;
    bridge::Argument value;
};

// SELECT * FROM roi_...(name => $1, ...) for the arguments that the function takes.
struct ReadCall {
    std::string sql;
    std::vector<Oid> types;
    std::vector<bridge::Argument> arguments;
};
ReadCall call_of(const Extension &extension, const ReadFunction &function, const std::vector<Passed> &passed);

} // namespace roi::store
