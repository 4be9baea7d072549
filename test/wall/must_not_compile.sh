#!/usr/bin/env bash
# Uses of the wall that the compiler must refuse, one by one, each for the reason that is given; run from anywhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
include=$("${PG_CONFIG:-pg_config}" --includedir-server)
failed=0

# Compiles a function body behind the headers of the wall; prints what the compiler says.
compile() {
    {
        echo '#include "bridge/memory.hpp"'
        echo '#include "bridge/spi.hpp"'
        echo "void body() { using namespace roi::bridge; $1 }"
    } | "${CXX:-g++}" -std=c++17 -fsyntax-only -Isrc -isystem "$include" -x c++ - 2>&1
}

accepted() {
    local said
    if said=$(compile "$1"); then echo "accepted: $1"; else echo "WRONGLY REFUSED: $1: $said" && failed=1; fi
}

# refused REASON BODY
refused() {
    local said
    if said=$(compile "$2"); then
        echo "WRONGLY ACCEPTED: $2"
        failed=1
    elif grep -q "$1" <<<"$said"; then
        echo "refused: $2"
    else
        echo "REFUSED FOR ANOTHER REASON: $2: $said"
        failed=1
    fi
}

plain='only plain values may cross a backend call'
accepted 'int n = call([] { return 1; }); call([] {}); const char *t = call([] { return "t"; }); (void)n; (void)t;'
refused "$plain" 'call([] { return std::string("lost"); });'
refused "$plain" 'call([] { return std::vector<int>(3); });'
refused "$plain" 'call([] { struct Owner { ~Owner() {} }; return Owner(); });'
refused 'deleted function' 'SpiScope one; SpiScope other = one;'
refused 'deleted function' 'MemoryScope one("m"); MemoryScope other = one;'
refused 'deleted function' 'RoleScope one(10); RoleScope other = one;'
refused 'deleted function' 'JumpScope one; JumpScope other = one;'
exit "$failed"
