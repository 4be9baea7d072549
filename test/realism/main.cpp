// Runs the fifteen acceptance tests on growth model natural, and proves them on controls that must fail.
//
//   roi_realism [POSTS]     posts a platform (default 2000); prints statistic, band, value, pass; exit 1 on any surprise
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <set>

#include "statistics.hpp"

namespace {

using namespace realism;

constexpr std::uint64_t seeds[] = {42, 7, 2025};

int passed = 0, failed = 0;

void count(bool good) { good ? ++passed : ++failed; }

std::set<int> failures(const std::vector<Check> &checks) {
    std::set<int> tests;
    for (const Check &check : checks)
        if (!check.passes()) tests.insert(check.test);
    return tests;
}

void print(const std::vector<Check> &checks) {
    std::printf("%4s  %-58s %10s %10s %12s\n", "test", "statistic", "from", "to", "value");
    for (const Check &check : checks)
        std::printf("%4d  %-58s %10.6g %10.6g %12.5g  %s\n", check.test, check.statistic.c_str(), check.low,
                    check.high, check.value, check.passes() ? "pass" : "FAIL");
}

// One test per seed and number of the study's list.
void expect_natural(std::uint64_t seed, int posts) {
    std::printf("\n== growth model natural, seed %llu, %d posts a platform\n",
                static_cast<unsigned long long>(seed), posts);
    const std::vector<Check> checks = check_all(natural_sample(seed, posts, {}));
    print(checks);
    const std::set<int> failing = failures(checks);
    for (int test = 1; test <= 15; ++test)
        count(failing.count(test) == 0);
}

// A control must fail each of these tests; a suite that lets one pass proves nothing.
void expect_failures(const char *name, const Sample &sample, const std::set<int> &wanted) {
    const std::vector<Check> checks = check_all(sample);
    const std::set<int> failing = failures(checks);
    std::printf("\n== control: %s\n   fails", name);
    for (const int test : failing)
        std::printf(" %d", test);
    std::printf("; must fail");
    for (const int test : wanted) {
        const bool fails = failing.count(test) != 0;
        std::printf(" %d%s", test, fails ? "" : " (PASSED)");
        count(fails);
    }
    std::printf("\n");
    for (const Check &check : checks)
        if (wanted.count(check.test) != 0 && !check.passes())
            std::printf("   %2d  %-58s %10.6g .. %-10.6g %12.5g\n", check.test, check.statistic.c_str(),
                        check.low, check.high, check.value);
}

} // namespace

int main(int argc, char **argv) {
    const int posts = argc > 1 ? std::atoi(argv[1]) : 2000;
    if (posts < 20) {
        std::fprintf(stderr, "usage: roi_realism [POSTS], at least 20\n");
        return 2;
    }
    for (const std::uint64_t seed : seeds)
        expect_natural(seed, posts);
    const int few = posts / 2;
    expect_failures("the plan's rule, hours since the post", plan_sample(seeds[0], few, Reading::literal),
                    {1, 2, 3, 5, 7, 12, 13, 15});
    expect_failures("the plan's rule, default argument", plan_sample(seeds[0], few, Reading::by_default),
                    {1, 2, 3, 5, 7, 12, 13, 15});
    Mutation mutation;
    mutation.without_gamma = true;
    expect_failures("views without gamma noise", natural_sample(seeds[0], few, mutation), {9});
    mutation = {};
    mutation.without_clock = true;
    expect_failures("no day, no week", natural_sample(seeds[0], few, mutation), {10, 11});
    mutation = {};
    mutation.bills_everything = true;
    expect_failures("all delivery billed", natural_sample(seeds[0], few, mutation), {15});
    std::printf("\nrealism: %d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
