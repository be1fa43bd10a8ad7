// Roles, permissions and people in words. Closed sets: a new one breaks the build here.
import type { AccessName, PermissionName, RoleName } from "../lib/bindings";
import * as m from "../messages/paraglide/messages";

export function roleName(role: RoleName): string {
  switch (role) {
    case "cashier":
      return m.role_cashier();
    case "manager":
      return m.role_manager();
  }
}

/** The trainee has no name of their own. */
export function personName(name: string, practising = false): string {
  if (practising || name === "trainee") return m.person_trainee();
  return name === "till" ? m.person_till() : name;
}

export function permissionName(permission: PermissionName): string {
  switch (permission) {
    case "refund_within_limit":
      return m.permission_refund_within_limit();
    case "refund_above_limit":
      return m.permission_refund_above_limit();
    case "settle":
      return m.permission_settle();
    case "override":
      return m.permission_override();
    case "acknowledge":
      return m.permission_acknowledge();
    case "export":
      return m.permission_export();
    case "close_shift":
      return m.permission_close_shift();
    case "journal":
      return m.permission_journal();
    case "settings":
      return m.permission_settings();
    case "operators":
      return m.permission_operators();
  }
}

export function accessName(access: AccessName): string {
  switch (access) {
    case "allowed":
      return m.access_allowed();
    case "approval_required":
      return m.access_approval_required();
    case "denied":
      return m.access_denied();
  }
}
