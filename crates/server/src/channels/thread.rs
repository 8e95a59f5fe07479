//! The address that belongs to one conversation, and to nobody who was not told it:
//! `help+TOKEN@shop.example`. An answer that comes to it is part of that conversation;
//! nothing else in a mail is proof of anything, since anybody can write any sender, any
//! subject and any reference to an earlier mail.
//!
//! A token is the conversation's id, a signature of 80 bits and the number of the key that
//! made it, all in letters and digits that mail servers leave alone, whatever their case.

use ring::hmac;
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_store::MailKey;

/// Letters of an id without its prefix.
const ID_LETTERS: usize = 26;
/// Letters of the signature, five bits each.
const SIGNATURE_LETTERS: usize = 16;
/// The longest part of an address before the `@`.
const LONGEST_LOCAL: usize = 64;
/// Letters that a token may need.
const TOKEN_LETTERS: usize = ID_LETTERS + SIGNATURE_LETTERS + 6;
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The way most servers know: what stands behind a plus belongs to the same mailbox.
pub fn plus_pattern(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    Some(format!("{local}+*@{domain}"))
}

/// Whether addresses can be made by a pattern: one `*`, before the `@`, with room for it.
pub fn is_pattern(pattern: &str) -> bool {
    let Some((local, _)) = pattern.rsplit_once('@') else {
        return false;
    };
    let filled = pattern.replace('*', &"a".repeat(TOKEN_LETTERS));
    pattern.matches('*').count() == 1
        && local.contains('*')
        && local.len() - 1 + TOKEN_LETTERS <= LONGEST_LOCAL
        && filled.parse::<lettre::Address>().is_ok()
}

/// The address of a conversation.
pub fn address_of(
    pattern: &str,
    workspace_id: &WorkspaceId,
    id: &ConversationId,
    key: &MailKey,
) -> String {
    let id_letters = id.as_str().trim_start_matches("conv_");
    let number = letters_of(u64::try_from(key.number).unwrap_or_default());
    let token = format!("{id_letters}{}{number}", signature(workspace_id, id, key));
    pattern.replacen('*', &token, 1)
}

/// The conversation that one of these addresses belongs to, if its signature holds.
pub fn conversation_of<'a>(
    pattern: &str,
    workspace_id: &WorkspaceId,
    addresses: impl Iterator<Item = &'a str>,
    keys: &[MailKey],
) -> Option<ConversationId> {
    let pattern = pattern.to_lowercase();
    let (before, after) = pattern.split_once('*')?;
    let mut found = addresses.filter_map(|address| {
        let address = address.trim().to_lowercase();
        let token = address.strip_prefix(before)?.strip_suffix(after)?;
        let (id, rest) = token.split_at_checked(ID_LETTERS)?;
        let (signed, number) = rest.split_at_checked(SIGNATURE_LETTERS)?;
        let id = ConversationId::parse(&format!("conv_{id}"))?;
        let key = keys
            .iter()
            .find(|key| letters_of(u64::try_from(key.number).unwrap_or_default()) == number)?;
        let right = signature(workspace_id, &id, key);
        let holds = subtle::ConstantTimeEq::ct_eq(right.as_bytes(), signed.as_bytes());
        bool::from(holds).then_some(id)
    });
    found.next()
}

/// Whether an address is one of those that a pattern makes, whoever made it.
pub fn is_of_pattern(pattern: &str, address: &str) -> bool {
    let (pattern, address) = (pattern.to_lowercase(), address.to_lowercase());
    pattern.split_once('*').is_some_and(|(before, after)| {
        address.len() > before.len() + after.len()
            && address.starts_with(before)
            && address.ends_with(after)
    })
}

fn signature(workspace_id: &WorkspaceId, id: &ConversationId, key: &MailKey) -> String {
    let signed = format!("mail {workspace_id} {id} {}", key.number);
    let secret = hmac::Key::new(hmac::HMAC_SHA256, key.secret.as_bytes());
    let tag = hmac::sign(&secret, signed.as_bytes());
    let bits = tag.as_ref()[..10]
        .iter()
        .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    (0..SIGNATURE_LETTERS)
        .rev()
        .map(|place| LETTERS[(bits >> (place * 5) & 31) as usize] as char)
        .collect()
}

fn letters_of(mut number: u64) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(LETTERS[(number & 31) as usize]);
        number >>= 5;
        if number == 0 {
            break;
        }
    }
    letters.iter().rev().map(|byte| *byte as char).collect()
}

#[cfg(test)]
mod tests {
    use segue_core::ids::Id;
    use segue_core::time::Timestamp;

    use super::*;

    fn key(number: i64, secret: &str) -> MailKey {
        MailKey {
            number,
            secret: secret.into(),
            created_at: Timestamp::from_millis(0),
        }
    }

    /// Attack case 30.
    #[test]
    fn only_a_signed_address_leads_to_a_conversation() {
        let (workspace_id, other): (WorkspaceId, WorkspaceId) = (
            Id::new(Timestamp::default(), 1),
            Id::new(Timestamp::default(), 2),
        );
        let id: ConversationId = Id::new(Timestamp::from_millis(1_800_000_000_000), 7);
        let pattern = plus_pattern("Help@Shop.example").unwrap();
        let keys = [key(41, "second"), key(3, "first")];
        let leads = |address: &str| {
            conversation_of(&pattern, &workspace_id, std::iter::once(address), &keys)
        };
        for key in &keys {
            let address = address_of(&pattern, &workspace_id, &id, key);
            assert!(address.parse::<lettre::Address>().is_ok(), "{address}");
            assert!(address.split('@').next().unwrap().len() <= LONGEST_LOCAL);
            assert_eq!(leads(&address), Some(id.clone()));
            assert_eq!(leads(&address.to_uppercase()), Some(id.clone()));
            // Each letter counts, wherever it stands.
            let at = address.find('@').unwrap();
            for place in pattern.find('*').unwrap()..at {
                let mut changed = address.to_lowercase().into_bytes();
                changed[place] = if changed[place] == b'7' { b'8' } else { b'7' };
                assert_eq!(leads(&String::from_utf8(changed).unwrap()), None, "{place}");
            }
            let there = conversation_of(&pattern, &other, std::iter::once(&*address), &keys);
            assert_eq!(there, None, "another workspace's");
        }
        let forgotten = address_of(&pattern, &workspace_id, &id, &key(40, "gone"));
        for wrong in [
            forgotten.as_str(),
            "help@shop.example",
            "help+@shop.example",
            "",
            "help+é@shop.example",
        ] {
            assert_eq!(leads(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_pattern_has_one_place_with_room() {
        for right in ["help+*@shop.example", "*@replies.shop.example"] {
            assert!(is_pattern(right), "{right}");
        }
        let long = format!("{}+*@shop.example", "a".repeat(20));
        for wrong in [
            "help@shop.example",
            "help@*.example",
            "*+*@shop.example",
            "*",
            "he lp+*@shop.example",
            &long,
        ] {
            assert!(!is_pattern(wrong), "{wrong}");
        }
    }
}
