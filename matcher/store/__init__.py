"""The database: tables, repository, migrations."""
