// What a read may name: closed lists, in lower case. Whatever is not here is refused, so a table or function that a
// later SQLite brings stays closed until somebody adds it. Data only.

/** Tables that are computed and only tell what is stored. Every other `pragma_…` may act when it is read. */
export const READABLE_TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'json_each',
  'json_tree',
  'pragma_foreign_key_list',
  'pragma_index_info',
  'pragma_index_list',
  'pragma_index_xinfo',
  'pragma_table_info',
  'pragma_table_list',
  'pragma_table_xinfo',
]);

/** SQLite's catalogue, the one internal table that describes the application's own. */
export const CATALOGUE_TABLES: ReadonlySet<string> = new Set(['sqlite_schema', 'sqlite_master']);

/** Records that tools keep about migrations: not the application's data, and telling about the operator. */
export const BOOKKEEPING_TABLES: ReadonlySet<string> = new Set([
  '__alchemy_migrations',
  '__drizzle_migrations',
  '_prisma_migrations',
  'd1_migrations',
]);

/** Tables SQLite may offer without anybody creating them. They tell about the engine, not about the application. */
export const ENGINE_TABLES: ReadonlySet<string> = new Set([
  'bytecode',
  'dbstat',
  'fts3tokenize',
  'generate_series',
  'tables_used',
]);

/** Modules whose virtual tables only read their own content, and the tables `<name>_<part>` they keep it in. */
export const READABLE_MODULES: ReadonlyMap<string, readonly string[]> = new Map([
  ['fts3', ['content', 'docsize', 'segdir', 'segments', 'stat']],
  ['fts4', ['content', 'docsize', 'segdir', 'segments', 'stat']],
  ['fts5', ['config', 'content', 'data', 'docsize', 'idx']],
  ['rtree', ['node', 'parent', 'rowid']],
]);

/** Pure functions of their arguments or the clock. Missing on purpose: whatever loads, allocates at will, or tells what others did. */
export const READABLE_FUNCTIONS: ReadonlySet<string> = new Set(
  `abs acos acosh asin asinh atan atan2 atanh avg bm25 ceil ceiling char coalesce concat concat_ws
  cos cosh count cume_dist current_date current_time current_timestamp date datetime degrees
  dense_rank exp first_value floor format glob group_concat hex highlight if ifnull iif instr json
  json_array json_array_length json_error_position json_extract json_group_array json_group_object
  json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set
  json_type json_valid jsonb jsonb_array jsonb_extract jsonb_group_array jsonb_group_object
  jsonb_insert jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set julianday lag
  last_value lead length like likelihood likely ln log log10 log2 lower ltrim max median min mod
  nth_value ntile nullif octet_length percent_rank percentile percentile_cont percentile_disc pi
  pow power printf quote radians random rank replace round row_number rtrim sign sin sinh snippet
  soundex sqrt strftime string_agg substr substring sum tan tanh time timediff total trim trunc
  typeof unhex unicode unixepoch unlikely upper`.split(/\s+/),
);

/** The kinds of node a SELECT is made of. A new kind in the parser stays closed until it is added here. */
export const READABLE_NODES: ReadonlySet<string> = new Set(
  `SelectStmt Select SelectFrom SelectValues ValuesRow CompoundSelect With CommonTableExpr FromClause
  JoinedSelectTable CommaJoinOperator TypedJoinJoinOperator OnJoinConstraint UsingJoinConstraint
  TableSelectTable TableCallSelectTable SelectSelectTable SubSelectTable IndexedByIndexed
  NotIndexedIndexed IndexedColumn SortedColumn Limit ExprResultColumn StarResultColumn
  TableStarResultColumn AsAs ElidedAs BetweenExpr BinaryExpr CaseExpr WhenThen CastExpr CollateExpr
  ExistsExpr FunctionCallExpr FunctionCallStarExpr InListExpr InSelectExpr InTableExpr IsNullExpr
  LikeExpr NameExpr NotNullExpr ParenthesizedExpr QualifiedExpr SubqueryExpr UnaryExpr VariableExpr
  NumericLiteral StringLiteral BlobLiteral KeywordLiteral NullLiteral CurrentDateLiteral
  CurrentTimeLiteral CurrentTimestampLiteral Id Name QualifiedName Type MaxSizeTypeSize
  TypeSizeTypeSize FunctionTail WindowOver NameOver WindowDef Window FrameClause
  CurrentRowFrameBound FollowingFrameBound PrecedingFrameBound UnboundedFollowingFrameBound
  UnboundedPrecedingFrameBound SortListFunctionCallOrder WithinGroupFunctionCallOrder`.split(/\s+/),
);
