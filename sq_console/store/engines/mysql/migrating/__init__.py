"""Running a migration on MySQL and MariaDB."""
