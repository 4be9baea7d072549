// How a subquery finds the rows of platform_metrics that belong to a fact.
#pragma once

// The condition on the id of the fact "m", beside those on user and moment. Said three times, which a B-tree takes as one: the
// planner multiplies what it believes of each, and takes the index of ids and not the primary key, whose user and moment
// thousands of rows may share that nobody has counted yet. Policies may name the user again; that changes nothing. Joins
// it does not help: see metric_links.cpp.
#define PM_HAS_ID_OF_M "pm.roi_metric_id = m.id AND pm.roi_metric_id >= m.id AND pm.roi_metric_id <= m.id"
