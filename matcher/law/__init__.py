"""What the law and Dutch standards ask, as tables and forms: facts, with version and date, that tests compare."""
