//! Check digits: what tells a card, an IBAN or an NPI from any other run of digits.

/// Lengths of IBANs by country, after the IBAN registry (ISO 13616). A country not listed is no IBAN to us.
const IBAN_CHARS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 \
    DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 \
    KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 \
    PT25 QA29 RO24 RS22 SA24 SC31 SD18 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20";

/// What an NPI is prefixed with before its check digit is computed: the issuer number of US health care
/// (CMS, "Requirements for National Provider Identifier and NPI Check Digit").
const NPI_PREFIX: &[u8] = b"80840";

/// Whether the last digit is the Luhn check digit (ISO/IEC 7812-1, annex B) of those before it.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let weighted = digits.iter().rev().enumerate().map(|(place, digit)| {
        let value = u32::from(digit - b'0');
        let doubled = if place % 2 == 1 { value * 2 } else { value };
        doubled / 10 + doubled % 10
    });
    weighted.sum::<u32>().is_multiple_of(10)
}

/// Whether these digits can be a payment card: issuer range, its length, check digit. Millisecond and
/// microsecond timestamps begin with 1, which no issuer has.
pub(super) fn card(digits: &[u8]) -> bool {
    let number = |count: usize| digits.iter().take(count).fold(0, |n, d| n * 10 + u32::from(d - b'0'));
    let lengths: &[usize] = match (number(1), number(2), number(3), number(4)) {
        (4, ..) => &[13, 16, 19],                                  // Visa
        (_, 51..=55, ..) | (_, _, _, 2221..=2720) => &[16],        // Mastercard
        (_, 34 | 37, ..) => &[15],                                 // American Express
        (_, 36 | 38 | 39, ..) | (_, _, 300..=305, _) => &[14, 16], // Diners Club
        (_, _, _, 3528..=3589) => &[16, 19],                       // JCB
        (_, 62, ..) => &[16, 17, 18, 19],                          // UnionPay
        (_, 64 | 65, ..) | (_, _, _, 6011) => &[16, 19],           // Discover
        (_, 50 | 56..=58 | 63 | 67, ..) => &[16, 18, 19],          // Maestro
        _ => return false,
    };
    lengths.contains(&digits.len()) && luhn(digits)
}

/// Whether ten digits are a National Provider Identifier.
pub(super) fn npi(digits: &[u8]) -> bool {
    digits.len() == 10 && matches!(digits[0], b'1' | b'2') && luhn(&[NPI_PREFIX, digits].concat())
}

/// Characters of an IBAN that begins with this country code, blanks not counted.
pub(super) fn iban_length(country: &str) -> Option<usize> {
    let entry = IBAN_CHARS.split_whitespace().find(|entry| entry.starts_with(country))?;
    entry[2..].parse().ok()
}

/// Whether the check digits hold (ISO 7064, MOD 97-10); `compact` has no blanks.
pub(super) fn iban(compact: &[u8]) -> bool {
    let (head, rest) = compact.split_at(4.min(compact.len()));
    let remainder = rest.iter().chain(head).fold(0, |remainder: u32, &character| match character {
        b'0'..=b'9' => (remainder * 10 + u32::from(character - b'0')) % 97,
        _ => (remainder * 100 + u32::from(character.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_cards_of_the_issuers_pass_and_a_changed_digit_does_not() {
        for number in [
            "4111111111111111",
            "4222222222222",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "30569309025904",
            "3530111333300000",
            "6011111111111117",
            "6200000000000005",
        ] {
            assert!(card(number.as_bytes()), "{number}");
            let mut changed = number.as_bytes().to_vec();
            changed[5] = if changed[5] == b'9' { b'0' } else { changed[5] + 1 };
            assert!(!card(&changed), "{number}");
        }
    }

    #[test]
    fn no_timestamp_is_a_card() {
        for ms in 1_800_000_000_000_u64..1_800_000_010_000 {
            assert!(!card(ms.to_string().as_bytes()), "{ms}");
        }
    }

    #[test]
    fn an_npi_is_checked_with_its_prefix() {
        assert!(npi(b"1234567893"));
        for wrong in [&b"1234567890"[..], b"3234567893", b"123456789", b"12345678931"] {
            assert!(!npi(wrong));
        }
    }

    #[test]
    fn an_iban_has_its_countrys_length_and_check_digits() {
        for (iban_text, chars) in
            [("DE89370400440532013000", 22), ("GB82WEST12345698765432", 22), ("NO9386011117947", 15)]
        {
            assert_eq!(iban_length(&iban_text[..2]), Some(chars));
            assert!(iban(iban_text.as_bytes()), "{iban_text}");
            assert!(!iban(iban_text.replacen('3', "4", 1).as_bytes()), "{iban_text}");
        }
        assert_eq!(iban_length("ZZ"), None);
    }
}
