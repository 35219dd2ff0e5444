const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * What the SQL of a user may call: exact arithmetic, text, dates, lists, sets of bits, aggregates and windows, and the
 * money macros of the engine. Operators are functions as well. A closed list: a new release of the engine adds nothing to
 * it. Lists and windows must come with an order that makes their result the same for every order of rows: row-order.ts.
 */
export const ALLOWED_FUNCTIONS = list(`
  + - * // % & | << >> ~ || ~~ !~~ ~~* !~~* ~~~ @> <@ ^@
  abs sign least greatest ceil ceiling floor round trunc mod xor bit_count even
  coalesce nullif ifnull constant_or_null
  lower upper lcase ucase trim ltrim rtrim length len strlen char_length character_length left right substr substring
  lpad rpad replace translate reverse repeat instr strpos position starts_with ends_with prefix suffix contains concat
  concat_ws split string_split str_split split_part regexp_matches regexp_full_match regexp_extract regexp_replace
  chr ascii ord like_escape not_like_escape ilike_escape not_ilike_escape
  levenshtein editdist3 hamming damerau_levenshtein md5 sha256
  date_trunc datetrunc date_part datepart date_diff datediff date_sub datesub date_add last_day make_date
  make_timestamp strftime epoch_ms year month day hour minute second quarter week weekday weekofyear isodow dayofweek
  dayofmonth dayofyear monthname dayname time_bucket to_seconds to_minutes to_hours to_days to_weeks to_months to_years
  list_value list_pack list_contains list_has list_extract list_element array_extract array_position list_position
  array_contains list_sort list_distinct list_concat list_slice array_slice array_length list_apply list_filter
  list_transform flatten struct_pack struct_extract row cardinality map map_keys map_values
  count count_star count_if countif sum min max bool_and bool_or bit_and bit_or bit_xor
  string_agg list array_agg
  row_number rank dense_rank ntile lag lead first_value last_value nth_value
  share_of percent_of converted round_micros micros_to_decimal decimal_to_micros
`);

/** What it may call in FROM, and unnest in a list of columns. */
export const ALLOWED_TABLE_FUNCTIONS = list('unnest generate_series range');
