"""Values and pure rules of the field; imports nothing else of ours."""
