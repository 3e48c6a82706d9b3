"""Files that people send in: received to the disk, judged by their content, kept by their hash, given out safely."""
