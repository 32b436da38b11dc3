"""Django's SQLite backend over `pysqlite3`, with the settings that keep what was acknowledged."""
