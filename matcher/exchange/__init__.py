"""What others may read of what we hold, in the forms of the sector: pure writers, from records to documents."""
