"""Which orders become one."""
