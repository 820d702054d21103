//! Natural order: runs of digits compare as numbers, so that 1.9 comes before 1.10.

/// Bytes whose plain order is the natural order of `text`, letters compared without case.
///
/// A run of digits becomes a marker, its length without leading zeros, and its digits.
/// The text itself is appended, so that no two different texts have the same key.
pub(super) fn key(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut key = Vec::with_capacity(2 * bytes.len() + 8);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_digit() {
            let end = (at..bytes.len())
                .find(|&i| !bytes[i].is_ascii_digit())
                .unwrap_or(bytes.len());
            let digits = &bytes[at..end];
            let zeros = digits.iter().take_while(|b| **b == b'0').count();
            let digits = &digits[zeros.min(digits.len() - 1)..];
            key.push(b'0');
            // Two bytes of length: names and tags are shorter than 65536.
            key.extend_from_slice(
                &u16::try_from(digits.len())
                    .unwrap_or(u16::MAX)
                    .to_be_bytes(),
            );
            key.extend_from_slice(digits);
            at = end;
        } else {
            key.push(bytes[at].to_ascii_lowercase());
            at += 1;
        }
    }
    key.push(0);
    key.extend_from_slice(bytes);
    key
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn numbers_compare_as_numbers() {
        let sorted = [
            "1",
            "1.2",
            "1.9",
            "1.10",
            "1.10-rc.2",
            "1.10-rc.10",
            "2",
            "10",
            "a",
            "B",
            "v1.9",
            "v1.10",
        ];
        for pair in sorted.windows(2) {
            assert!(key(pair[0]) < key(pair[1]), "{pair:?}");
        }
        assert_ne!(key("01"), key("1"));
        assert_ne!(key("A"), key("a"));
        let long = "9".repeat(300);
        assert!(key("8") < key(&long));
    }
}
