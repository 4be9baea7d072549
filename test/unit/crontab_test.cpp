// Crontab lines as pg_cron reads them.
#include <gtest/gtest.h>

#include <string>

#include "core/calendar.hpp"
#include "core/schedule/crontab.hpp"

namespace {

using roi::core::civil_from_days;
using roi::core::Crontab;
using roi::core::days_from_civil;

std::int64_t minute_of(int year, int month, int day, int hour, int minute) {
    return days_from_civil(year, month, day) * 1440 + hour * 60 + minute;
}

std::string text_of(std::int64_t minute) {
    const std::int64_t day = minute / 1440;
    const auto civil = civil_from_days(day);
    char text[64];
    static_cast<void>(std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d",
                                    static_cast<int>(civil.year), civil.month, civil.day,
                                    static_cast<int>(minute % 1440 / 60), static_cast<int>(minute % 60)));
    return text;
}

// The next minute after 2026-11-23 05:17, a Monday.
std::string next(const char *line, std::int64_t after = minute_of(2026, 11, 23, 5, 17)) {
    const auto crontab = Crontab::parse(line);
    if (!crontab) return "no crontab";
    const auto found = crontab->next_after(after);
    return found ? text_of(*found) : "never";
}

TEST(Crontab, FollowsMinutesAndHours) {
    EXPECT_EQ(next("0 * * * *"), "2026-11-23 06:00");
    EXPECT_EQ(next("* * * * *"), "2026-11-23 05:18");
    EXPECT_EQ(next("17 * * * *"), "2026-11-23 06:17");
    EXPECT_EQ(next("*/15 * * * *"), "2026-11-23 05:30");
    EXPECT_EQ(next("10-40/10 5 * * *"), "2026-11-23 05:20");
    EXPECT_EQ(next("5,50 5 * * *"), "2026-11-23 05:50");
    EXPECT_EQ(next("30 3 * * *"), "2026-11-24 03:30");
    EXPECT_EQ(next("59 23 * * *"), "2026-11-23 23:59");
}

TEST(Crontab, FollowsDaysAndMonths) {
    EXPECT_EQ(next("0 0 1 * *"), "2026-12-01 00:00");
    EXPECT_EQ(next("0 0 1 1 *"), "2027-01-01 00:00");
    EXPECT_EQ(next("0 0 1 JAN *"), "2027-01-01 00:00");
    EXPECT_EQ(next("0 0 29 2 *"), "2028-02-29 00:00");
    EXPECT_EQ(next("0 0 31 * *"), "2026-12-31 00:00");
    EXPECT_EQ(next("0 0 $ * *"), "2026-11-30 00:00");
    EXPECT_EQ(next("0 0 $ 2 *"), "2027-02-28 00:00");
    EXPECT_EQ(next("0 0 30 2 *"), "never");
    EXPECT_EQ(next("0 0 29 2 *", minute_of(2096, 3, 1, 0, 0)), "2104-02-29 00:00");
}

TEST(Crontab, FollowsWeekdays) {
    EXPECT_EQ(next("0 9 * * 1"), "2026-11-23 09:00");
    EXPECT_EQ(next("0 4 * * mon"), "2026-11-30 04:00");
    EXPECT_EQ(next("0 0 * * 0"), "2026-11-29 00:00");
    EXPECT_EQ(next("0 0 * * 7"), "2026-11-29 00:00");
    EXPECT_EQ(next("7 3 * * 1-5"), "2026-11-24 03:07");
    EXPECT_EQ(next("0 0 * * sat,sun"), "2026-11-28 00:00");
}

TEST(Crontab, TakesEitherFieldOfDaysUnlessOneBeginsWithAStar) {
    EXPECT_EQ(next("0 0 30 * wed"), "2026-11-25 00:00");
    EXPECT_EQ(next("0 0 24 * sun"), "2026-11-24 00:00");
    EXPECT_EQ(next("0 0 */2 * wed"), "2026-11-25 00:00"); // both: the 25th is odd
    EXPECT_EQ(next("0 0 */2 * tue"), "2026-12-01 00:00");
}

TEST(Crontab, LivesBeforeTheEpoch) {
    EXPECT_EQ(Crontab::parse("0 * * * *")->next_after(-61), -60);
    EXPECT_EQ(Crontab::parse("0 0 * * 4")->next_after(-1), 0); // 1970-01-01 was a Thursday
    EXPECT_EQ(Crontab::parse("0 0 * * 3")->next_after(-2881), -1440);
}

TEST(Crontab, RefusesWhatIsNone) {
    for (const char *line : {"",           " ",          "* * * *",       "* * * * * *",   "60 * * * *",
                             "* 24 * * *", "* * 0 * *",  "* * 32 * *",    "* * * 0 *",     "* * * 13 *",
                             "* * * * 8",  "a b c d e",  "5-1 * * * *",   "*/0 * * * *",   "5/10 * * * *",
                             ", * * * *",  "1, * * * *", "1-2-3 * * * *", "1/2/3 * * * *", "10 seconds",
                             "@hourly",    "-1 * * * *", "0000 * * * *",  "* * * mon *",   "$ * * * *"})
        EXPECT_FALSE(Crontab::parse(line).has_value()) << line;
}

} // namespace
