//! Regional indicators: two of them show a flag (`🇫🇷`), but a row of them is also how posts spell.
//!
//! Flags stay, unless some run in the text is no row of flags: then the writer spells with them, and
//! all become letters.

/// Regions that have a flag: ISO 3166-1 and Unicode's few others.
const REGIONS: &str = "ACADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZ\
    CACCCDCFCGCHCICKCLCMCNCOCPCQCRCUCVCWCXCYCZDEDGDJDKDMDODZEAECEEEGEHERESETEUFIFJFKFMFOFRGAGBGDGEGFGG\
    GHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUICIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLI\
    LKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPK\
    PLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTATCTDTFTGTHTJTKTLTMTNTOTRTT\
    TVTWTZUAUGUMUNUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

/// Puts letters for all regional indicators of a text that spells with them.
pub(super) fn spell(letters: &mut [char]) {
    let spells =
        letters.split(|&c| letter(c).is_none()).any(|run| run.chunks(2).any(|pair| !is_flag(pair)));
    if spells {
        for c in letters {
            *c = letter(*c).map_or(*c, char::from);
        }
    }
}

/// The letter that a regional indicator stands for.
fn letter(c: char) -> Option<u8> {
    let place = u32::from(c).checked_sub(0x1_F1E6).filter(|place| *place < 26)?;
    Some(b'A' + place as u8)
}

fn is_flag(pair: &[char]) -> bool {
    let [first, second] = *pair else {
        return false;
    };
    let pair = [letter(first), letter(second)];
    REGIONS.as_bytes().chunks(2).any(|region| pair == [Some(region[0]), Some(region[1])])
}

#[cfg(test)]
mod tests {
    use super::spell;

    fn spelt(text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        spell(&mut letters);
        letters.into_iter().collect()
    }

    #[test]
    fn flags_stay() {
        for text in ["go 🇫🇷🇩🇪 go", "🇮🇸", "no flags"] {
            assert_eq!(spelt(text), text);
        }
    }

    #[test]
    fn words_that_are_spelt_become_letters() {
        assert_eq!(spelt("🇹🇭🇮🇸 🇮🇸 🇫🇺🇳"), "THIS IS FUN");
        assert_eq!(spelt("🇭🇪🇱🇱🇴 you"), "HELLO you");
    }
}
