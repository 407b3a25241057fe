from tenants.scope.open_work import TenantUnknown, enter_scope, in_work, open_work

__all__ = ["TenantUnknown", "enter_scope", "in_work", "open_work"]
