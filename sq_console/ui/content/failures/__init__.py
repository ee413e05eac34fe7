"""Lines about causes of failures: their list, and the page of one."""
