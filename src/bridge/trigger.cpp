// Trigger context and transition tables.
#include "bridge/trigger.hpp"

namespace roi::bridge {
namespace {

TriggerCall::Event event_of(TriggerEvent event) {
    if (TRIGGER_FIRED_BY_INSERT(event)) return TriggerCall::Event::insert;
    if (TRIGGER_FIRED_BY_UPDATE(event)) return TriggerCall::Event::update;
    return TRIGGER_FIRED_BY_DELETE(event) ? TriggerCall::Event::erase : TriggerCall::Event::truncate;
}

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

BeforeCall before_call(FunctionCallInfo fcinfo) {
    return call([fcinfo] {
        const TriggerData *const data = reinterpret_cast<TriggerData *>(fcinfo->context);
        if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(data->tg_event) ||
            (TRIGGER_FIRED_FOR_ROW(data->tg_event) && !TRIGGER_FIRED_BY_UPDATE(data->tg_event)))
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                            errmsg("this function only runs as a BEFORE trigger of facts"),
                            errhint("roi_setup() makes the triggers that call it.")));
        BeforeCall before;
        before.is_row = TRIGGER_FIRED_FOR_ROW(data->tg_event);
        if (!before.is_row) return before;
        before.before = data->tg_trigtuple;
        before.after = data->tg_newtuple;
        before.columns = RelationGetDescr(data->tg_relation);
        before.answer = PointerGetDatum(data->tg_newtuple);
        return before;
    });
}

Datum column_of(HeapTuple row, TupleDesc columns, const char *name) {
    return call([=] {
        bool is_null = true;
        const Datum value = SPI_getbinval(row, columns, SPI_fnumber(columns, name), &is_null);
        if (is_null)
            ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
                            errmsg("%s of a fact must not be NULL", name), errhint("Give it a value.")));
        return value;
    });
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
