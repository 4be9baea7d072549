// Trigger context and transition tables.
#include "bridge/trigger.hpp"

namespace roi::bridge {
namespace {

TriggerCall::Event event_of(TriggerEvent event) {
    if (TRIGGER_FIRED_BY_INSERT(event)) return TriggerCall::Event::insert;
    if (TRIGGER_FIRED_BY_UPDATE(event)) return TriggerCall::Event::update;
    return TRIGGER_FIRED_BY_DELETE(event) ? TriggerCall::Event::erase : TriggerCall::Event::truncate;
}

// Triggers run in the executor's memory for a row, a child of that for the query: ExecCallTriggerFunc and, called by
// standard_ExecutorFinish, AfterTriggerEndQuery.
MemoryContext query_memory() { return MemoryContextGetParent(CurrentMemoryContext); }

} // namespace

TriggerCall trigger_call(FunctionCallInfo fcinfo) {
    return call([fcinfo] {
        if (!CALLED_AS_TRIGGER(fcinfo))
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                            errmsg("this function only runs as a trigger"),
                            errhint("roi_setup() makes the triggers that call it.")));
        const TriggerData *const data = reinterpret_cast<TriggerData *>(fcinfo->context);
        TriggerCall trigger;
        trigger.event = event_of(data->tg_event);
        trigger.relation = data->tg_relation;
        trigger.removed = data->tg_oldtable;
        trigger.written = data->tg_newtable;
        trigger.query = query_memory();
        const bool needs_written =
            trigger.event == TriggerCall::Event::insert || trigger.event == TriggerCall::Event::update;
        const bool needs_removed =
            trigger.event == TriggerCall::Event::erase || trigger.event == TriggerCall::Event::update;
        if (!TRIGGER_FIRED_AFTER(data->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(data->tg_event) ||
            (needs_written && trigger.written == nullptr) || (needs_removed && trigger.removed == nullptr))
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                            errmsg("the trigger needs the transition tables of its event"),
                            errhint("Let roi_setup() make it.")));
        return trigger;
    });
}

RowCall row_call(FunctionCallInfo fcinfo) {
    return call([fcinfo] {
        const TriggerData *const data = reinterpret_cast<TriggerData *>(fcinfo->context);
        if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(data->tg_event) ||
            !TRIGGER_FIRED_FOR_ROW(data->tg_event) || !TRIGGER_FIRED_BY_UPDATE(data->tg_event))
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                            errmsg("this function only runs as a BEFORE UPDATE trigger of facts"),
                            errhint("roi_setup() makes the trigger that calls it.")));
        return RowCall{data->tg_relation, data->tg_trigtuple, data->tg_newtuple, query_memory(),
                       PointerGetDatum(data->tg_newtuple)};
    });
}

void check_after_trigger(FunctionCallInfo fcinfo) {
    call([fcinfo] {
        if (!CALLED_AS_TRIGGER(fcinfo) ||
            !TRIGGER_FIRED_AFTER(reinterpret_cast<TriggerData *>(fcinfo->context)->tg_event))
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                            errmsg("this function only runs as an AFTER trigger"),
                            errhint("roi_setup() makes the triggers that call it.")));
    });
}

// A query's snapshot carries its command; queries inside it take later ones, because a writer uses its own up at its start.
CommandId running_command() {
    return call([] { return ActiveSnapshotSet() ? GetActiveSnapshot()->curcid : InvalidCommandId; });
}

int trigger_depth() {
    return call([] { return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, Datum{0})); });
}

TransitionRows::TransitionRows(Tuplestorestate *rows, TupleDesc columns) : rows_(rows) {
    call([this, columns] {
        reader_ = tuplestore_alloc_read_pointer(rows_, EXEC_FLAG_REWIND);
        tuplestore_select_read_pointer(rows_, reader_);
        tuplestore_rescan(rows_);
        slot_ = MakeSingleTupleTableSlot(columns, &TTSOpsMinimalTuple);
    });
}

bool TransitionRows::next() {
    return call([this] {
        MemoryContext const before = MemoryContextSwitchTo(home_);
        tuplestore_select_read_pointer(rows_, reader_);
        const bool found = tuplestore_gettupleslot(rows_, true, false, slot_);
        if (found) slot_getallattrs(slot_);
        MemoryContextSwitchTo(before);
        return found;
    });
}

} // namespace roi::bridge
