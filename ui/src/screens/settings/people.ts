// A change of the people, and how it is asked and told.
import { roleName } from "../../components/people";
import type { RoleName } from "../../lib/bindings";
import * as m from "../../messages/paraglide/messages";

export type Change =
  | { act: "add"; name: string; role: RoleName; pin: string }
  | { act: "role"; name: string; role: RoleName }
  | { act: "pin"; name: string; pin: string }
  | { act: "unlock"; name: string }
  | { act: "remove"; name: string };

export type ChangeWords = { title: string; body: string; verb: string; done: string };

export function changeWords(change: Change): ChangeWords {
  const { name } = change;
  switch (change.act) {
    case "add": {
      const role = roleName(change.role);
      return {
        title: m.add_title({ name }),
        body: m.add_body({ role }),
        verb: m.add_save(),
        done: m.add_done({ name }),
      };
    }
    case "role": {
      const role = roleName(change.role);
      return {
        title: m.role_change_title({ name, role }),
        body: m.role_change_body(),
        verb: m.role_change_save(),
        done: m.role_change_done({ name, role }),
      };
    }
    case "pin":
      return {
        title: m.pin_change_title({ name }),
        body: m.pin_change_body(),
        verb: m.pin_change_save(),
        done: m.pin_change_done({ name }),
      };
    case "unlock":
      return {
        title: m.unlock_title({ name }),
        body: m.unlock_body(),
        verb: m.people_unlock(),
        done: m.unlock_done({ name }),
      };
    case "remove":
      return {
        title: m.remove_title({ name }),
        body: m.remove_body(),
        verb: m.remove_save({ name }),
        done: m.remove_done({ name }),
      };
  }
}
