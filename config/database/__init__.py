"""Django's way to the database, with one difference: a COMMIT does not wait for a standby for ever."""
