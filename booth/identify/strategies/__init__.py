"""The strategies, one file each: every one proposes products by one kind of evidence."""
