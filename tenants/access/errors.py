"""Expected failures of access. Codes are stable: pages, the API and its clients name them."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound


class UserUnknown(NotFound):
    code = "user_unknown"
    message = "There is no such user."


class RoleUnknown(NotFound):
    code = "role_unknown"
    message = "There is no such role."


class DepartmentUnknown(NotFound):
    code = "department_unknown"
    message = "There is no such department."


class ApiKeyUnknown(NotFound):
    code = "api_key_unknown"
    message = "There is no such API key."


class EmailTaken(Conflict):
    code = "email_taken"
    message = "Someone else here already uses {email}."


class RoleKeyTaken(Conflict):
    code = "role_key_taken"
    message = "There is already a role with the key {key}."


class RoleIsBuiltIn(Conflict):
    code = "role_is_built_in"
    message = "This role is shipped with the product. Copy it and change the copy."


class RoleInUse(Conflict):
    code = "role_in_use"
    message = "{count} users still have this role. Take it from them first."


class DepartmentKeyTaken(Conflict):
    code = "department_key_taken"
    message = "There is already a department with the key {key}."


class DepartmentInUse(Conflict):
    """Who is in it, and what is below it, would hang in the air."""

    code = "department_in_use"
    message = "{users} users and {departments} departments are still in this department. Move them first."


class DepartmentLoop(Conflict):
    code = "department_loop"
    message = "A department cannot be below itself."


class ManagerLoop(Conflict):
    code = "manager_loop"
    message = "This line of managers would lead back to the same person."


class ApprovalLimitMalformed(Invalid):
    code = "approval_limit_malformed"
    message = "This is not an amount."


class LastAdministrator(Conflict):
    """Nobody could let anybody in again."""

    code = "last_administrator"
    message = "At least one active user must be able to manage users."


class CannotGrantMore(Forbidden):
    """Who manages users or keys could otherwise raise himself."""

    code = "cannot_grant_more"
    message = "You can only give permissions that you have yourself."


class PermissionMissing(Forbidden):
    code = "permission_missing"
    message = "Your role does not allow this. Ask an administrator if you need it."


class ApiKeyRefused(Forbidden):
    """Unknown, expired and revoked keys answer alike. The web says 401."""

    code = "api_key_refused"
    message = "This API key is not known, has expired or was revoked."


class PasswordTooWeak(Invalid):
    code = "password_too_weak"
    message = "Choose a password of at least {least} characters that is not a common one."


class PasswordWrong(Invalid):
    code = "password_wrong"
    message = "This is not your current password."


class TotpWrong(Invalid):
    code = "totp_wrong"
    message = "This code is not right, or it has been used already. Wait for the next one."


class TokenInvalid(Invalid):
    """Unknown, used and expired links answer alike."""

    code = "token_invalid"
    message = "This link has been used already or has expired. Ask for a new one."


class EmailMalformed(Invalid):
    code = "email_malformed"
    message = "This is not an e-mail address."


class PermissionUnknown(Invalid):
    code = "permission_unknown"
    message = "There is no permission called {permission}."
