"""`weike review`: what reviewers, editors and clerks do. `office` holds all of it; `cli` puts it in words."""
