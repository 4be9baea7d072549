// Kept SPI plans, keyed by statement and schema, rebuilt when the catalogue changed under them.
#include "bridge/spi.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>

namespace roi::bridge {
namespace {

using PlanKey = std::pair<const Statement *, Oid>;

// A statement may run inside itself and find its plan stale there: the last one that runs a plan frees it.
// SPI_freeplan cannot ereport.
using KeptPlan = std::shared_ptr<_SPI_plan>;

// Lives as long as the backend, and is left to die with it; bounded by statements x schemas with the extension.
std::map<PlanKey, KeptPlan> &kept_plans() {
    static auto *const plans = new std::map<PlanKey, KeptPlan>;
    return *plans;
}

const char *schema_name(Oid schema) {
    return call([schema] {
        char *raw = get_namespace_name(schema);
        if (raw == nullptr)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA), errmsg("the schema of roi_ext is gone"),
                            errdetail("Somebody dropped it while this session used it."),
                            errhint("Create the extension again.")));
        return quote_identifier(raw);
    });
}

void replace_all(std::string &text, const std::string &mark, const std::string &value) {
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
        text.replace(at, mark.size(), value);
}

std::string with_names(const char *text, Oid schema) {
    std::string sql = text;
    replace_all(sql, "@roi@", schema_name(schema));
    if (sql.find("@users@") == std::string::npos) return sql;
    const Oid users = users_table(schema);
    const char *const name = call([users] {
        return quote_qualified_identifier(get_namespace_name(get_rel_namespace(users)), get_rel_name(users));
    });
    replace_all(sql, "@users@", name);
    return sql;
}

SPIPlanPtr prepare(const Statement &statement, Oid schema) {
    const std::string sql = with_names(statement.text, schema);
    const char *const text = sql.c_str();
    Oid *const types = const_cast<Oid *>(statement.types.data());
    const int count = static_cast<int>(statement.types.size());
    const int options = statement.custom_plan  ? CURSOR_OPT_CUSTOM_PLAN
                        : statement.index_plan ? CURSOR_OPT_GENERIC_PLAN
                                               : 0;
    return call([text, types, count, options] {
        SPIPlanPtr plan = SPI_prepare_cursor(text, count, types, options);
        if (plan == nullptr) elog(ERROR, "SPI_prepare_cursor failed: %s", SPI_result_code_string(SPI_result));
        if (SPI_keepplan(plan) != 0) elog(ERROR, "SPI_keepplan failed");
        return plan;
    });
}

KeptPlan plan_of(const Statement &statement, Oid schema) {
    KeptPlan &plan = kept_plans()[{&statement, schema}];
    if (plan != nullptr && !call([p = plan.get()] { return SPI_plan_is_valid(p); })) plan.reset();
    if (plan == nullptr)
        plan.reset(prepare(statement, schema), [](SPIPlanPtr stale) { SPI_freeplan(stale); });
    return plan;
}

// Such a statement holds a dozen sorts, hashes and tuple stores at once.
constexpr int set_work_mem = 2048; // kB

// What the planner may not choose for an index_plan or a set_plan, and how much memory a node of the latter may take. Plain variables of the planner: nothing here can ereport.
class PlannerScope {
public:
    explicit PlannerScope(const Statement &statement)
        : sequential_(enable_seqscan), hash_(enable_hashjoin), merge_(enable_mergejoin),
          loop_(enable_nestloop), jit_(jit_enabled), work_mem_(work_mem) {
        if (statement.index_plan) enable_seqscan = enable_hashjoin = enable_mergejoin = false;
        if (statement.set_plan) {
            enable_nestloop = enable_mergejoin = false;
            work_mem = std::min(work_mem, set_work_mem);
        }
        if (statement.index_plan || statement.set_plan) jit_enabled = false;
    }
    ~PlannerScope() {
        enable_seqscan = sequential_;
        enable_hashjoin = hash_;
        enable_mergejoin = merge_;
        enable_nestloop = loop_;
        jit_enabled = jit_;
        work_mem = work_mem_;
    }
    PlannerScope(const PlannerScope &) = delete;
    PlannerScope &operator=(const PlannerScope &) = delete;

private:
    bool sequential_, hash_, merge_, loop_, jit_;
    int work_mem_;
};

// Where the executor sends the rows of stream().
struct Receiver {
    DestReceiver base;
    const BlockSink *sink;
    RowReader rows;
    std::exception_ptr *failure; // a C++ exception must not cross the executor's frames: it waits here
};

// The sink, with its exceptions put aside; false ends the execution.
bool deliver(Receiver *receiver, const Datum *values, const bool *nulls, const std::int64_t *block) noexcept {
    try {
        return (*receiver->sink)(values, nulls, block);
    } catch (...) {
        *receiver->failure = std::current_exception();
        return false;
    }
}

// Called by the executor; may ereport, so no C++ object lives here.
bool receive_row(TupleTableSlot *slot, DestReceiver *self) {
    auto *const receiver = reinterpret_cast<Receiver *>(self);
    RowView row;
    receiver->rows.open(slot, row);
    const bool goes_on = deliver(receiver, row.values, row.nulls, row.numbers);
    row.close();
    return goes_on;
}

void start_rows(DestReceiver *, int, TupleDesc) {}
void end_rows(DestReceiver *) {}

void run_into(SPIPlanPtr plan, const Datum *values, const char *nulls, int count, DestReceiver *receiver) {
    call([=] {
        ParamListInfo parameters = makeParamList(count);
        for (int i = 0; i < count; ++i) {
            parameters->params[i].value = values[i];
            parameters->params[i].isnull = nulls[i] == 'n';
            parameters->params[i].pflags = PARAM_FLAG_CONST;
            parameters->params[i].ptype = SPI_getargtypeid(plan, i);
        }
        SPIExecuteOptions options = {};
        options.params = parameters;
        options.read_only = true;
        options.dest = receiver;
        MemoryContext before = CurrentMemoryContext;
        const int code = SPI_execute_plan_extended(plan, &options);
        MemoryContextSwitchTo(before);
        if (code < 0) elog(ERROR, "SPI_execute_plan_extended failed: %s", SPI_result_code_string(code));
    });
}

} // namespace

Oid owner_of(Oid relation) {
    return call([relation] {
        HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
        Oid owner = InvalidOid;
        if (HeapTupleIsValid(tuple)) {
            owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
            ReleaseSysCache(tuple);
        }
        return owner;
    });
}

Oid users_table(Oid schema) {
    return call([schema] {
        const Oid state = get_relname_relid("roi_user_state", schema);
        const Oid key = OidIsValid(state)
                            ? get_relation_constraint_oid(state, "users_key_11_roi_user_state", true)
                            : InvalidOid;
        HeapTuple tuple = OidIsValid(key) ? SearchSysCache1(CONSTROID, ObjectIdGetDatum(key)) : nullptr;
        if (!HeapTupleIsValid(tuple))
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("roi_user_state references no users table"), errhint("Run roi_setup().")));
        const Oid users = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->confrelid;
        ReleaseSysCache(tuple);
        return users;
    });
}

SpiScope::SpiScope() : uncaught_(std::uncaught_exceptions()) {
    call([] {
        if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
    });
}

SpiScope::~SpiScope() {
    if (std::uncaught_exceptions() == uncaught_)
        SPI_finish(); // cannot ereport: frees memory and pops the SPI stack
}

namespace {

// Calls run(plan, values, nulls), which answers what SPI says of it.
template <class Run>
uint64 execute_plan(const Statement &statement, Oid schema, const std::vector<Argument> &arguments, Run run) {
    const KeptPlan kept = plan_of(statement, schema);
    SPIPlanPtr const plan = kept.get();
    std::vector<Datum> values(arguments.size() + 1);
    std::vector<char> nulls(arguments.size() + 1, ' ');
    for (size_t i = 0; i < arguments.size(); ++i) {
        values[i] = arguments[i].value;
        nulls[i] = arguments[i].is_null ? 'n' : ' ';
    }
    Datum *const value_array = values.data();
    const char *const null_array = nulls.data();
    const PlannerScope planner(statement);
    return call([=] {
        // Results live until SPI closes unless freed; only the last one is ever looked at.
        if (SPI_tuptable != nullptr) SPI_freetuptable(SPI_tuptable);
        MemoryContext before = CurrentMemoryContext;
        const int code = run(plan, value_array, null_array);
        MemoryContextSwitchTo(before); // SPI leaves its own context current
        if (code < 0) elog(ERROR, "SPI_execute_plan failed: %s", SPI_result_code_string(code));
        return SPI_processed;
    });
}

} // namespace

uint64 execute(const Statement &statement, Oid schema, const std::vector<Argument> &arguments,
               bool read_only) {
    return execute_plan(statement, schema, arguments,
                        [read_only](SPIPlanPtr plan, Datum *values, const char *nulls) {
                            return SPI_execute_plan(plan, values, nulls, read_only, 0);
                        });
}

uint64 execute_latest(const Statement &statement, Oid schema, const std::vector<Argument> &arguments) {
    return execute_plan(statement, schema, arguments, [](SPIPlanPtr plan, Datum *values, const char *nulls) {
        return SPI_execute_snapshot(plan, values, nulls, GetLatestSnapshot(), InvalidSnapshot, true, false,
                                    0);
    });
}

void stream(const Statement &statement, Oid schema, const std::vector<Argument> &arguments,
            const Block &block, const BlockSink &sink) {
    const KeptPlan kept = plan_of(statement, schema);
    std::vector<Datum> values;
    std::string nulls;
    for (const Argument &argument : arguments) {
        values.push_back(argument.value);
        nulls += argument.is_null ? 'n' : ' ';
    }
    std::exception_ptr failure;
    Receiver receiver{
        {receive_row, start_rows, end_rows, end_rows, DestNone}, &sink, RowReader(block, 0), &failure};
    {
        const PlannerScope planner(statement);
        run_into(kept.get(), values.data(), nulls.data(), static_cast<int>(arguments.size()), &receiver.base);
    }
    if (failure) std::rethrow_exception(failure);
}

void stream(const Statement &statement, Oid schema, const std::vector<Argument> &arguments,
            const RowSink &sink) {
    stream(statement, schema, arguments, {0, 0},
           [&sink](const Datum *values, const bool *nulls, const std::int64_t *) {
               sink(values, nulls);
               return true;
           });
}

Argument result(uint64 row, int column) {
    return call([row, column] {
        Argument cell;
        if (SPI_tuptable == nullptr || row >= SPI_tuptable->numvals)
            elog(ERROR, "a statement returned no row " UINT64_FORMAT, row);
        cell.value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &cell.is_null);
        return cell;
    });
}

int64 result_int64(uint64 row, int column) {
    const Argument cell = result(row, column);
    return cell.is_null ? 0 : DatumGetInt64(cell.value);
}

std::string result_text(uint64 row, int column) {
    const Argument cell = result(row, column);
    if (cell.is_null) return {};
    const char *const copy = call([cell] { return TextDatumGetCString(cell.value); });
    return copy;
}

ResultRows::ResultRows() : table_(SPI_tuptable), uncaught_(std::uncaught_exceptions()) {
    SPI_tuptable = nullptr; // execute() would free it
    call([this] {
        if (table_ == nullptr) elog(ERROR, "the last statement returned no rows");
        const auto width = static_cast<Size>(table_->tupdesc->natts);
        // They live and die with the result.
        values_ = static_cast<Datum *>(MemoryContextAlloc(table_->tuptabcxt, width * sizeof(Datum)));
        nulls_ = static_cast<bool *>(MemoryContextAlloc(table_->tuptabcxt, width * sizeof(bool)));
    });
}

ResultRows::~ResultRows() {
    // After an exception the abort frees it. SPI_freetuptable cannot ereport(ERROR).
    if (std::uncaught_exceptions() == uncaught_) SPI_freetuptable(table_);
}

bool ResultRows::next() {
    if (row_ == table_->numvals) return false;
    call([this] { heap_deform_tuple(table_->vals[row_], table_->tupdesc, values_, nulls_); });
    ++row_;
    return true;
}

} // namespace roi::bridge
