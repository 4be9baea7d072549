-- What the job's run added to the simulated account, whose newest row before it was :last_id.
SELECT job, started_at::timestamptz(0) AS started, round(extract(epoch FROM finished_at - started_at) * 1000) AS ms,
       CASE WHEN ok THEN 'yes' ELSE 'no' END AS ok, rows
FROM roi_job_runs WHERE job = 'roi_tick' ORDER BY id;
SELECT count(*) FILTER (WHERE id <= :last_id) AS "rows before", count(*) FILTER (WHERE id > :last_id) AS "new rows",
       count(DISTINCT update_timestamp) FILTER (WHERE id > :last_id) AS "new hours",
       min(update_timestamp) FILTER (WHERE id > :last_id) AS "first new hour",
       max(update_timestamp) AS "last hour"
FROM roi_metrics WHERE user_id = 'user_demo';
