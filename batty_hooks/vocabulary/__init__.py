"""The words of batty-hooks, one table each: known to every floor, knowing none."""
