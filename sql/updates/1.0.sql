-- What 1.0 had under another signature, or has no more.
DROP PROCEDURE @extschema@.roi_tick_job();
DROP FUNCTION @extschema@.roi_schedule(text);
DROP FUNCTION @extschema@.roi_job_name();
