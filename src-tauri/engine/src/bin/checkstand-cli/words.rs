//! The words of problems at a terminal: what happened, whether money was taken, what to do now. The codes are the same as in
//! the window, and so are their meanings.

use crate::ctrl_c;
use checkstand_core::problem::Problem;

/// What was typed is wrong: exit code 2, as for arguments that cannot be read.
const ASKED_WRONGLY: [&str; 21] = [
    "amount_invalid",
    "amount_too_large",
    "amount_too_precise",
    "amount_zero",
    "code_invalid",
    "code_missing",
    "currency_not_supported",
    "day_invalid",
    "id_invalid",
    "limits_invalid",
    "name_invalid",
    "operator_missing",
    "pin_invalid",
    "pin_too_simple",
    "reason_missing",
    "reference_invalid",
    "search_too_long",
    "secret_invalid",
    "secret_too_long",
    "secret_unknown",
    "setting_unknown",
];

/// The exit code of a command that was not carried out.
pub fn exit_code(problem: &Problem) -> u8 {
    match problem.code {
        "chain_broken" => 3,
        "called_off" => ctrl_c::EXIT,
        code if ASKED_WRONGLY.contains(&code) => 2,
        _ => 1,
    }
}

/// A problem in a person's words.
pub fn of_problem(problem: &Problem) -> String {
    let field = |name: &str| problem.fields.get(name).map_or("", String::as_str);
    let mut text = about_people(problem).or_else(|| about_money(problem)).or_else(|| about_the_till(problem));
    let said = text.get_or_insert_with(|| match field("detail") {
        "" => fields(problem),
        detail => detail.to_owned(),
    });
    if !field("line").is_empty() {
        said.insert_str(0, &format!("{}, line {}: ", field("file"), field("line")));
    }
    match field("money") {
        "no" => said.push_str(". No money was moved"),
        "not_known" => said.push_str(". WHETHER MONEY WAS MOVED IS NOT KNOWN: look at the history first"),
        _ => {}
    }
    if field("till") == "closed" {
        said.push_str(". The till was closed for it");
    }
    std::mem::take(said)
}

fn fields(problem: &Problem) -> String {
    let named: Vec<String> = problem.fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    if named.is_empty() { "refused".to_owned() } else { named.join(", ") }
}

fn about_people(problem: &Problem) -> Option<String> {
    let field = |name: &str| problem.fields.get(name).map_or("", String::as_str);
    let text = match problem.code {
        "first_manager_missing" => {
            "nobody works in this till's ledger yet: begin with checkstand-cli first-manager NAME".to_owned()
        }
        "operator_missing" => "say who does it: --operator NAME; in training --practise will do".to_owned(),
        "operator_unknown" => format!("nobody of the name {} works here", field("name")),
        "terminal_missing" => format!("a PIN is typed at a terminal, and there is none: {}", field("detail")),
        "pins_differ" => "the two PINs are not the same: nothing was changed".to_owned(),
        "pin_wrong" => format!("the PIN is wrong; {} more before a wait", field("left")),
        "pin_locked" => format!(
            "too many wrong PINs: {} has to wait. The next command says for how long, waits, and then asks",
            field("name")
        ),
        "pin_unusable" => format!("{} has no PIN that can be used: a manager sets a new one", field("name")),
        "pin_invalid" => format!("a PIN has {} to {} digits", field("min"), field("max")),
        "pin_too_simple" => "anybody would try this PIN first: choose another one".to_owned(),
        "name_invalid" => format!("a name has 1 to {} letters", field("max")),
        "name_taken" => format!("{} is somebody's name already, or was", field("name")),
        "not_allowed" => format!("they may not do this: it needs the permission {}", field("permission")),
        "approval_required" => {
            format!("a manager must approve ({}): name one with --approver", field("permission"))
        }
        "approver_invalid" => format!("{} cannot approve this: another manager can", field("name")),
        "not_signed_in" => "nobody is at the till any more".to_owned(),
        _ => return None,
    };
    Some(text)
}

fn about_money(problem: &Problem) -> Option<String> {
    let field = |name: &str| problem.fields.get(name).map_or("", String::as_str);
    let text = match problem.code {
        "amount_zero" => "the amount is zero".to_owned(),
        "amount_invalid" => format!("the amount cannot be read: {}", field("why")),
        "amount_too_precise" => format!("the currency has only {} decimals", field("decimals")),
        "amount_too_large" => "the amount is larger than this till handles".to_owned(),
        "amount_below_min" => format!("this store takes no less than {}", field("min")),
        "amount_above_max" => format!("this store takes no more than {}", field("max")),
        "amount_unconfirmed" => "so large an amount must be meant: look again, then add --confirm-large".to_owned(),
        "currency_not_supported" => format!("this provider takes no {}", field("currency")),
        "code_missing" => "the customer's payment code is missing".to_owned(),
        "code_invalid" => format!("the customer's code has {} to {} digits", field("min"), field("max")),
        "reference_invalid" => "the reference is too long, or has signs that cannot be sent".to_owned(),
        "id_invalid" => "a payment is named by its id, as in checkstand-cli history".to_owned(),
        "payment_not_found" => "this till does not know the payment".to_owned(),
        "provider_not_configured" => match field("missing") {
            "" => format!("{} is not set up on this till", field("provider")),
            missing => format!("{} is not set up on this till: {missing}", field("provider")),
        },
        "sale_open" | "sale_paid" => {
            format!(
                "the reference {} has a payment that is {} ({})",
                field("reference"),
                field("state"),
                field("payment")
            )
        }
        "same_customer" => format!(
            "a payment of the same amount is not settled ({}): if this is the same customer, wait for it",
            field("payment")
        ),
        "not_allowed_in_state" => format!("the payment is {}: this is not possible", field("state")),
        "refund_exceeds" => format!("only {} is left to refund", field("left")),
        "refund_in_flight" => format!("another refund of it is under way ({})", field("payment")),
        "refund_not_possible" => format!("it is {}, or has flags: it cannot be refunded", field("state")),
        "refund_only_full" => "this provider takes back the whole amount or nothing".to_owned(),
        "reason_missing" => "say why, in at most 1000 letters".to_owned(),
        "shift_open" => format!("shift {} is open already", field("number")),
        "shift_not_open" => "no shift is open".to_owned(),
        "report_not_found" => format!("there is no shift {}", field("number")),
        _ => return None,
    };
    Some(text)
}

fn about_the_till(problem: &Problem) -> Option<String> {
    let field = |name: &str| problem.fields.get(name).map_or("", String::as_str);
    let text = match problem.code {
        "ledger_in_use" => "the till's window is open, or another command is at work: close it first".to_owned(),
        "journal_checking" => "the journal is still being checked: try again".to_owned(),
        "chain_broken" => format!(
            "the journal is not as it was written ({}): no new money until a manager restores a copy",
            field("detail")
        ),
        "mode_not_allowed" if field("why") == "training" => "training has no secrets".to_owned(),
        "mode_not_allowed" if field("why") == "settings" => format!(
            "the settings, and the addresses in them, are for {}: no money moves in another mode",
            field("settings")
        ),
        "mode_not_allowed" if field("why") == "not_training" => "practising is for training only".to_owned(),
        "backup_foreign" => "this is no copy of this ledger".to_owned(),
        "restore_not_needed" => "nothing is wrong with this ledger: it stays".to_owned(),
        "secret_unknown" => format!("{} is none of the secrets; checkstand-cli secret list names them", field("name")),
        "secret_invalid" => "the secret is empty".to_owned(),
        "secret_too_long" => "the secret is too long for a keychain".to_owned(),
        "keychain_locked" => "the keychain is locked: unlock it and try again".to_owned(),
        "keychain_missing" => "there is no keychain in this session".to_owned(),
        "keychain_slow" => "the keychain does not answer; it may be waiting for somebody to unlock it".to_owned(),
        "keychain_failed" if field("detail").is_empty() => "the keychain failed".to_owned(),
        "settings_invalid" if !field("field").is_empty() => match (field("min"), field("max")) {
            ("", "") => format!("{} cannot be used as it is", field("field")),
            ("", max) => format!("{} is missing, has odd signs, or is longer than {max}", field("field")),
            (min, max) => format!("{} must be from {min} to {max}", field("field")),
        },
        "url_not_allowed" => format!("{} is no address that may be used: {}", field("field"), field("why")),
        "limits_invalid" => format!("the limits of {} cannot be used: {}", field("currency"), field("limit")),
        "not_in_live" => format!("{} is not for live", field("field")),
        "amount_unit_unconfirmed" => {
            "live needs multipay.amount_unit_confirmed: somebody saw that a phone shows what the till had charged"
                .to_owned()
        }
        "setting_unknown" => format!("there is no setting {}", field("field")),
        "day_invalid" => "a day is written YYYY-MM-DD".to_owned(),
        "called_off" => "called off".to_owned(),
        "busy" => "too much is under way".to_owned(),
        _ => return None,
    };
    Some(text)
}
