"""Exchange's cmdlets: one module a family; a function decorated with `cmdlet` answers one."""
