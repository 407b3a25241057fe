"""When the company works: due dates of approvals are counted by it."""
