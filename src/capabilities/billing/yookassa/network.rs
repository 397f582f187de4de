//! Networks that notifications may come from.

use std::net::IpAddr;

/// A network: an address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// As people write it: `185.71.76.0/27`, or an address alone. Bits beyond the network's are not
    /// taken, as they are a typing error.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let network = Network { address, bits: bits.unwrap_or(most) };
        (network.bits <= most && network.masked(address) == Some(number(address))).then_some(network)
    }

    /// Whether an address is in it. An IPv4 address within IPv6 counts as the former.
    pub fn has(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.masked(address).is_some_and(|masked| masked == number(self.address))
    }

    /// The network's part of an address of its family.
    fn masked(self, address: IpAddr) -> Option<u128> {
        if address.is_ipv4() != self.address.is_ipv4() {
            return None;
        }
        let width = if address.is_ipv4() { 32 } else { 128 };
        let free = width - u32::from(self.bits);
        let mask = u128::MAX.checked_shl(free).unwrap_or(0);
        Some(number(address) & mask)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => u128::from(u32::from(four)),
        IpAddr::V6(six) => u128::from(six),
    }
}

/// A list of networks, separated by commas.
pub fn networks(text: &str) -> Option<Vec<Network>> {
    text.split(',').map(|one| Network::parse(one.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_its_networks_alone() {
        for (network, inside, outside) in [
            ("185.71.76.0/27", "185.71.76.31", "185.71.76.32"),
            ("77.75.154.128/25", "77.75.154.255", "77.75.154.127"),
            ("77.75.156.11", "77.75.156.11", "77.75.156.12"),
            ("77.75.156.11", "::ffff:77.75.156.11", "::77.75.156.11"),
            ("2a02:5180:0:1509::/64", "2a02:5180:0:1509::1", "2a02:5180:0:150a::1"),
            ("0.0.0.0/0", "1.2.3.4", "::1"),
            ("::/0", "::1", "1.2.3.4"),
        ] {
            let network = Network::parse(network).expect("a network");
            assert!(network.has(inside.parse().unwrap()), "{network:?} {inside}");
            assert!(!network.has(outside.parse().unwrap()), "{network:?} {outside}");
        }
        for wrong in ["", "x", "1.2.3.4/33", "1.2.3.4/24", "::1/129", "1.2.3.0/-1", "1.2.3.0/"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
        assert_eq!(networks("127.0.0.1, ::1").map(|all| all.len()), Some(2));
        assert_eq!(networks("127.0.0.1,"), None);
    }
}
