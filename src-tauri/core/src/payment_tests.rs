use super::*;
use crate::money::Currency;
