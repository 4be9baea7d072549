#!/usr/bin/env python3
"""Exact sums of post files, straight from their columns: what an import must answer.

    exact_posts.py FILE...

prints a line per file: name, views, clicks, likes, comments, shares, saves, separated by tabs. Where lines are lifetime
snapshots, only the newest one of each post counts. Shares no code with the importer.
"""
import csv
import decimal
import os
import sys

# file: post column and moment column (None: lines add up), then the columns of each measure
SOURCES = {
    "facebook_pages_lifetime_post_metrics_total_data": (
        "post_id", "date", ["post_impressions"], ["post_clicks"], ["post_reactions_like_total"], [], [], []),
    "instagram_business_media_insights_data": (
        "id", "_fivetran_synced",
        ["carousel_album_views", "video_photo_views", "story_views", "reel_views"], [], ["like_count"], ["comment_count"],
        ["carousel_album_shares", "video_photo_shares", "story_shares", "reel_shares"],
        ["carousel_album_saved", "video_photo_saved"]),
    "linkedin_pages_share_statistic_data": (
        "_share_entity_urn", "_fivetran_synced", ["impression_count"], ["click_count"], ["like_count"], ["comment_count"],
        ["share_count"], []),
    "youtube_channel_basic_data": (None, None, ["views"], [], ["likes"], ["comments"], ["shares"], []),
    "dataset_Facebook": (
        None, None, ["Lifetime Post Total Impressions"], ["Lifetime Post Consumptions"], ["like"], ["comment"], ["share"], []),
    "Table data": (None, None, ["Views"], [], [], [], [], []),
    "Totals": (None, None, ["Views"], [], [], [], [], []),
}


def add_up(path):
    post, moment, *columns = SOURCES[os.path.basename(path).removesuffix(".csv")]
    newest = {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if row.get("Geography") == "Total":
                continue
            key = row[post] if post else number
            if key not in newest or row[moment] >= newest[key][moment]:
                newest[key] = row
    sums = []
    for names in columns:
        cells = [row[name].strip() for row in newest.values() for name in names]
        sums.append(sum(decimal.Decimal(cell) for cell in cells if cell))
    return sums


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print("\t".join([os.path.basename(path)] + [str(int(value)) for value in add_up(path)]))
