// Expects an action to throw a core error of a given fault.
#pragma once

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace roi::core {

template <class Action>
void expect_fault(Fault fault, Action action) {
    try {
        action();
        FAIL() << "no error was thrown";
    } catch (const Error &error) {
        EXPECT_EQ(fault, error.fault()) << error.what();
    }
}

} // namespace roi::core
