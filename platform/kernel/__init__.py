"""What every business needs and none talks about: rows, ids, money, time, messages, jobs, errors."""
