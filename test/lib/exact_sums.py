#!/usr/bin/env python3
"""Exact sums of the sample exports, straight from their columns: what an import must answer to the last digit.

    exact_sums.py FILE...

prints a line per file: name, spend, impressions, clicks, conversions, revenue, separated by tabs. A field is empty
when no line of the file reports it. Shares no code with the importer: csv, decimal, nothing is rounded.
"""
import csv
import decimal
import os
import sys

MILLIONTH = decimal.Decimal("0.000001")
ONE = decimal.Decimal(1)
MEASURES = ("spend", "impressions", "clicks", "conversions", "revenue")

# Conversions of Facebook are the values of these actions; other actions are not conversions.
FACEBOOK_CONVERSIONS = {
    "offsite_conversion.fb_pixel_purchase",
    "offsite_conversion.fb_pixel_lead",
    "offsite_conversion.fb_pixel_custom",
    "onsite_conversion.purchase",
    "onsite_conversion.lead_grouped",
}

# file: the unit of spend, the unit of revenue, then the columns that add up to each measure
SOURCES = {
    "google_ads_campaign_stats_data": (
        MILLIONTH, ONE, ["cost_micros"], ["impressions"], ["clicks"], ["conversions"], ["conversions_value"]),
    "microsoft_ads_campaign_performance_daily_report_data": (
        ONE, ONE, ["spend"], ["impressions"], ["clicks"], ["conversions_qualified"], ["revenue"]),
    "facebook_ads_basic_ad_data": (
        ONE, ONE, ["spend"], ["impressions"], ["inline_link_clicks"], [], []),
    "facebook_ads_basic_ad_actions_data": (ONE, ONE, [], [], [], ["value"], []),
    "tiktok_campaign_report_hourly_data": (
        ONE, ONE, ["SPEND"], ["IMPRESSIONS"], ["CLICKS"], ["CONVERSION"],
        ["TOTAL_PURCHASE_VALUE", "TOTAL_SALES_LEAD_VALUE"]),
    "snapchat_campaign_hourly_report_data": (
        MILLIONTH, ONE, ["spend"], ["impressions"], ["swipes"], ["conversion_purchases"],
        ["conversion_purchases_value"]),
    "pinterest_campaign_report_data": (
        MILLIONTH, MILLIONTH, ["spend_in_micro_dollar"], ["impression_1", "impression_2"],
        ["clickthrough_1", "clickthrough_2"], ["total_conversions"], ["total_conversions_value_in_micro_dollar"]),
    "apple_search_campaign_report_data": (
        ONE, ONE, ["local_spend_amount"], ["impressions"], ["taps"], ["tap_installs"], []),
    "amazon_ads_campaign_level_report_data": (
        ONE, ONE, ["cost"], ["impressions"], ["clicks"], ["purchases_30_d"], ["sales_30_d"]),
    "reddit_ads_campaign_report_data": (MILLIONTH, ONE, ["spend"], ["impressions"], ["clicks"], [], []),
    "linkedin_ad_analytics_by_campaign_data": (
        ONE, ONE, ["cost_in_local_currency"], ["impressions"], ["clicks"],
        ["external_website_conversions", "one_click_leads"], ["conversion_value_in_local_currency"]),
    "twitter_campaign_report_data": (
        MILLIONTH, ONE, ["billed_charge_local_micro"], ["impressions"], ["clicks"],
        ["conversion_purchases_metric", "conversion_custom_metric"], []),
    "google_ads_campaign_history_data": (ONE, ONE, [], [], [], [], []),
    "microsoft_ads_campaign_history_data": (ONE, ONE, [], [], [], [], []),
}


def add_up(path):
    """The sums of one file in the order of MEASURES; None where no cell has a value."""
    name = os.path.basename(path).removesuffix(".csv")
    spend_unit, revenue_unit, *columns = SOURCES[name]
    units = (spend_unit, ONE, ONE, ONE, revenue_unit)
    sums = [None] * len(MEASURES)
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if "action_type" in row and row["action_type"] not in FACEBOOK_CONVERSIONS:
                continue
            for place, names in enumerate(columns):
                for column in names:
                    cell = row[column].strip()
                    if cell not in ("", "-"):
                        sums[place] = (sums[place] or 0) + decimal.Decimal(cell) * units[place]
    return sums


def plain(value):
    """Digits without exponent and without zeros at the end."""
    if value is None:
        return ""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def main(paths):
    context = decimal.getcontext()
    context.prec = 60
    context.traps[decimal.Inexact] = True  # a sum that does not fit must fail, not round
    for path in paths:
        print("\t".join([os.path.basename(path)] + [plain(value) for value in add_up(path)]))


if __name__ == "__main__":
    main(sys.argv[1:])
