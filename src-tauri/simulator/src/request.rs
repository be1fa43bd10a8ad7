//! What both doors read of an HTTP request.

use crate::json::Fields;
use checkstand_core::message::Request;

/// The value of a header; an empty one counts as missing.
pub(crate) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.expose().as_str()).filter(|value| !value.is_empty())
}

/// The JSON object in a request's body, if it is declared as JSON.
pub(crate) fn json_body(request: &Request) -> Option<Fields> {
    header(request, "content-type").filter(|kind| kind.starts_with("application/json"))?;
    Fields::read(request.body.as_ref()?.expose())
}
