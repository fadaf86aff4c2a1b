"""Four lists of 300 invented alumni, each made after another school's habits, without our columns being known."""
