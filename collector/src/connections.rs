//! How many connections one address may have open: a single machine that opens many and says nothing must not
//! take the places of everybody else.

use crate::config::{IntakeConfig, TrustedProxies};
use crate::telemetry::Telemetry;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Open connections by address.
#[derive(Debug)]
pub struct Connections {
    max_per_address: usize,
    /// They stand for many visitors.
    trusted_proxies: TrustedProxies,
    telemetry: Telemetry,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place, given back when dropped.
#[derive(Debug)]
pub struct Place {
    connections: Arc<Connections>,
    /// `None` for an address that is not counted.
    address: Option<IpAddr>,
}

impl Connections {
    /// At most so many of each address, but for trusted proxies and this machine.
    pub fn new(config: &IntakeConfig, telemetry: Telemetry) -> Arc<Self> {
        Arc::new(Self {
            max_per_address: config.max_connections_per_address,
            trusted_proxies: config.trusted_proxies.clone(),
            telemetry,
            open: Mutex::default(),
        })
    }

    /// A place for one more connection of this address, if it may have one.
    pub fn take_place(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        if peer.is_loopback() || self.trusted_proxies.include(peer) {
            return Some(Place { connections: self.clone(), address: None });
        }
        let address = counted_as(peer);
        let mut open = self.lock();
        let count = open.entry(address).or_default();
        if *count >= self.max_per_address {
            self.telemetry.count_refused_connection("too_many_of_address");
            return None;
        }
        *count += 1;
        drop(open);
        Some(Place { connections: self.clone(), address: Some(address) })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut open = self.connections.lock();
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }
}

/// A subscriber of IPv6 has at least the 2^64 addresses of one network.
fn counted_as(peer: IpAddr) -> IpAddr {
    const HOST_BITS: u32 = 64;
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> HOST_BITS << HOST_BITS).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RawConfig;

    fn connections(max_per_address: usize) -> Arc<Connections> {
        let options = format!(
            "[intake]\ntrusted_proxies = [\"10.0.0.0/8\"]\nmax_connections_per_address = {max_per_address}"
        );
        let raw: RawConfig = toml::from_str(&options).unwrap();
        Connections::new(&crate::config::intake(&raw).unwrap(), Telemetry::new().unwrap())
    }

    #[test]
    fn an_address_has_its_places_and_gets_them_back() {
        let connections = connections(2);
        let take = |address: &str| connections.take_place(address.parse().unwrap());
        let first = take("203.0.113.9").unwrap();
        let _second = take("203.0.113.9").unwrap();
        assert!(take("203.0.113.9").is_none());
        let counted = "collector_connections_refused_total{reason=\"too_many_of_address\"} 1";
        assert!(connections.telemetry.render().contains(counted));
        let _other = take("203.0.113.10").unwrap();
        drop(first);
        assert!(take("203.0.113.9").is_some());
        assert_eq!(connections.lock().len(), 2, "who has gone is forgotten");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_proxies_are_not_counted() {
        let connections = connections(1);
        let take = |address: &str| connections.take_place(address.parse().unwrap());
        let _one = take("2001:db8:1:2::1").unwrap();
        assert!(take("2001:db8:1:2:ffff::9").is_none());
        assert!(take("2001:db8:1:3::1").is_some());
        let many: Vec<_> =
            ["10.1.2.3", "127.0.0.1", "::1"].into_iter().flat_map(|a| [take(a), take(a)]).collect();
        assert!(many.iter().all(Option::is_some));
    }
}
