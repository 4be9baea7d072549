// A statement whose text is made at run time, read a few rows at a time.
#pragma once

#include <string>
#include <vector>

#include "bridge/spi.hpp"

namespace roi::bridge {

// Needs an open SpiScope; ends before it does. Reads by the snapshot of the calling statement.
class Cursor {
public:
    Cursor(const std::string &sql, const std::vector<Oid> &types, const std::vector<Argument> &arguments);
    ~Cursor();
    Cursor(const Cursor &) = delete;
    Cursor &operator=(const Cursor &) = delete;

    int width() const { return portal_->tupDesc->natts; }
    std::string name(int column) const; // columns and rows count from 0
    Oid type(int column) const;

    // Takes the next rows into hand, and drops those before them; how many there are.
    std::size_t fetch(long count);
    Argument value(std::size_t row, int column) const;
    // The value as its type prints it; empty for NULL.
    std::string text(std::size_t row, int column) const;

private:
    Portal portal_;
    int uncaught_;
};

} // namespace roi::bridge
