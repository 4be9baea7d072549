// The only file that includes PostgreSQL headers. Include it (and everything of src/bridge) after std, Boost and core.
#pragma once

// libintl and the C++ library must be complete before PostgreSQL redefines gettext, snprintf and friends.
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h> // malloc_trim
#endif

extern "C" {
#include "postgres.h"

#include "access/detoast.h"        // detoast_attr
#include "access/genam.h"          // index_beginscan
#include "access/heapam.h"         // GetBulkInsertState
#include "access/htup_details.h"   // GETSTRUCT
#include "access/nbtree.h"         // BTORDER_PROC
#include "access/relation.h"       // try_relation_open
#include "access/skey.h"           // ScanKeyEntryInitialize
#include "access/table.h"          // table_open
#include "access/tableam.h"        // table_slot_create
#include "access/xact.h"           // GetCurrentTransactionStartTimestamp
#include "catalog/index.h"         // BuildIndexInfo
#include "catalog/namespace.h"     // get_namespace_oid
#include "catalog/partition.h"     // get_partition_ancestors
#include "catalog/pg_class.h"      // Anum_pg_class_relpartbound
#include "catalog/pg_collation.h"  // DEFAULT_COLLATION_OID
#include "catalog/pg_constraint.h" // get_relation_constraint_oid
#include "catalog/pg_inherits.h"   // find_inheritance_children
#include "catalog/pg_language.h"   // ClanguageId
#include "catalog/pg_namespace.h"  // NamespaceRelationId
#include "catalog/pg_operator.h"   // TextEqualOperator
#include "catalog/pg_proc.h"       // ProcedureRelationId
#include "catalog/pg_trigger.h"    // TRIGGER_FOR_INSERT
#include "catalog/pg_type.h"       // TEXTOID, INT8OID, ...
#include "commands/sequence.h"     // nextval_internal
#include "commands/trigger.h"      // TriggerData, AfterTriggerBeginQuery
#include "executor/executor.h"     // ExecSimpleRelationInsert
#include "executor/spi.h"          // SPI_*
#include "executor/tuptable.h"     // slot_getallattrs
#include "fmgr.h"                  // PG_FUNCTION_INFO_V1
#include "funcapi.h"               // InitMaterializedSRF
#include "jit/jit.h"               // jit_enabled
#include "mb/pg_wchar.h"           // pg_verifymbstr, pg_mbcliplen
#include "miscadmin.h"             // CHECK_FOR_INTERRUPTS, SetUserIdAndSecContext
#include "nodes/params.h"          // makeParamList
#include "nodes/parsenodes.h"      // PartitionBoundSpec
#include "nodes/readfuncs.h"       // stringToNode
#include "nodes/primnodes.h"       // Const
#include "optimizer/cost.h"        // enable_seqscan
#include "optimizer/optimizer.h"   // contain_volatile_functions, pull_varattnos
#include "rewrite/rowsecurity.h"   // RowSecurityPolicy
#include "partitioning/partdesc.h" // RelationGetPartitionDesc
#include "pgtime.h"                // pg_tzset
#include "tcop/dest.h"             // DestReceiver
#include "storage/bufmgr.h"        // RelationGetNumberOfBlocks
#include "utils/acl.h"             // has_privs_of_role, has_bypassrls_privilege
#include "utils/array.h"           // construct_md_array
#include "utils/builtins.h"        // cstring_to_text_with_len, quote_identifier
#include "utils/date.h"            // DateADT
#include "utils/datetime.h"        // DetermineTimeZoneOffset
#include "utils/fmgroids.h"        // F_RI_FKEY_CHECK_INS
#include "utils/guc.h"             // GetConfigOptionByName
#include "utils/inval.h"           // CacheRegisterRelcacheCallback
#include "utils/jsonb.h"           // JEntry
#include "utils/lsyscache.h"       // get_func_namespace, get_relname_relid
#include "utils/rel.h"             // RelationGetDescr
#include "utils/rls.h"             // row_security
#include "utils/snapmgr.h"         // GetLatestSnapshot
#include "utils/memutils.h"        // AllocSetContextCreate
#include "utils/numeric.h"         // int64_div_fast_to_numeric
#include "utils/partcache.h"       // RelationGetPartitionKey
#include "utils/syscache.h"        // SearchSysCache1
#include "utils/timestamp.h"       // TimestampTz
#include "utils/tuplesort.h"       // tuplesort_begin_datum
#include "utils/tuplestore.h"      // tuplestore_gettupleslot
#include "utils/typcache.h"        // lookup_type_cache
#include "utils/varlena.h"         // varstr_cmp
// partition_range_datum_bsearch, build_column_default
#include "partitioning/partbounds.h"
#include "rewrite/rewriteHandler.h"
}

// PostgreSQL renames these by macro, which breaks the std:: names that C++ code spells.
#undef gettext
#undef dgettext
#undef ngettext
#undef dngettext
#undef snprintf
#undef vsnprintf
#undef sprintf
#undef vsprintf
#undef printf
#undef fprintf
#undef vfprintf
#undef strerror
#undef Min
#undef Max
#undef Abs

#include "bridge/compat.hpp"
