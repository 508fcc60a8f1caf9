//! What the name of a file says that a load balancer of AWS delivered.
//!
//! `[prefix/]AWSLogs/111122223333/…/111122223333_elasticloadbalancing_eu-west-1_app.shop.50dc6c495c0c9188_20260318T0305Z_10.0.0.7_4kq9x2.log.gz`:
//! account, region, load balancer with slashes as dots, end of the five minutes, address of the node, some random letters
//! (AWS, "Access logs for your Application Load Balancer"). Each node writes one every five minutes.

use crate::text::number::unsigned;
use crate::time::Civil;

/// So many seconds are in one file.
pub const SECONDS: i64 = 300;

/// A file that a node of a load balancer wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Delivered {
    /// Account, region and load balancer: `111122223333 eu-west-1 app/shop/50dc6c495c0c9188`.
    pub balancer: String,
    /// The node's address.
    pub node: String,
    /// The end of its time, in seconds since the epoch.
    pub end: i64,
}

/// What the name of a path says; `None` for any other name.
pub fn delivered(path: &str) -> Option<Delivered> {
    let name = path.rsplit(['/', '\\', '!']).next()?;
    let (account, rest) = name.split_once("_elasticloadbalancing_")?;
    let mut parts = rest.split('_');
    let (region, balancer, end, node) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_node = node.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'));
    let balancer = balancer.strip_prefix("app.")?.replace('.', "/");
    (is_account && is_node && !node.is_empty()).then_some(Delivered {
        balancer: format!("{account} {region} app/{balancer}"),
        node: node.to_owned(),
        end: moment(end)?,
    })
}

/// `20260318T0305Z`.
fn moment(text: &str) -> Option<i64> {
    let text = text.as_bytes();
    if text.len() != 14 || text[8] != b'T' || text[13] != b'Z' {
        return None;
    }
    let part = |from: usize, len: usize| unsigned(&text[from..from + len]);
    let small = |from: usize| part(from, 2).and_then(|number| u8::try_from(number).ok());
    let civil = Civil { year: i32::try_from(part(0, 4)?).ok()?, month: small(4)?, day: small(6)?, hour: small(9)?, minute: small(11)?, second: 0, micros: 0 };
    civil.is_sane().then(|| civil.epoch_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_who_wrote_it_and_when() {
        let name = "b/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/03/18/111122223333_elasticloadbalancing_eu-west-1_app.shop.50dc6c495c0c9188_20260318T0305Z_10.0.0.7_4kq9x2.log.gz";
        let of = delivered(name).unwrap();
        assert_eq!((of.balancer.as_str(), of.node.as_str(), of.end), ("111122223333 eu-west-1 app/shop/50dc6c495c0c9188", "10.0.0.7", 1_773_803_100));
        for other in [
            "access.log",
            "",
            "1_elasticloadbalancing_x_app.a.b_20260318T0305Z_10.0.0.7_x.log",
            &name.replace("app.shop", "net.shop"),
            &name.replace("T0305Z", "T0365Z"),
            &name.replace("10.0.0.7", "né"),
        ] {
            assert_eq!(delivered(other), None, "{other}");
        }
    }
}
