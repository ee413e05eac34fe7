"""What each engine says of its tables: their columns, and how large they are."""

MYSQL_COLUMNS_OF = """
SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION"""
MYSQL_SIZES = """
SELECT TABLE_NAME AS name, TABLE_ROWS AS row_count, DATA_LENGTH + INDEX_LENGTH AS bytes
  FROM information_schema.TABLES
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'queued\\_job%%'"""
# The whole file is that of its jobs.
SQLITE_SIZES = """
SELECT 'queued_job' AS name,
  (SELECT COALESCE(MAX(id) - MIN(id) + 1, 0) FROM queued_job) AS row_count,
  (SELECT page_count FROM pragma_page_count())
    * (SELECT page_size FROM pragma_page_size()) AS bytes"""
SQLITE_COLUMNS_OF = "SELECT name FROM pragma_table_xinfo(%s)"
