// The fifteen acceptance tests of the realism study, section D: a statistic, its band, and whether the sample lies in it.
#pragma once

#include <string>
#include <vector>

#include "sample.hpp"

namespace realism {

struct Check {
    int test = 0; // 1..15
    std::string statistic;
    double low = 0, high = 0; // both included
    double value = 0;         // not a number: fails

    bool passes() const { return value >= low && value <= high; }
};

std::vector<Check> check_all(const Sample &sample);

// --- parts of it that more than one file uses ---

double median(std::vector<double> values);
double quotient(double a, double b); // not a number for b = 0

struct Line {
    double slope = 0, residual = 0; // residual: sum of squares
};
Line fit(const std::vector<double> &x, const std::vector<double> &y); // least squares

void check_dynamics(const Sample &sample, std::vector<Check> &checks); // tests 5 to 8
void check_noise(const Sample &sample, std::vector<Check> &checks);    // tests 9 to 11

} // namespace realism
