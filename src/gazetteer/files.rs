//! The embedded files: all of Indonesia, compressed as they came (data/LICENCES.md).

pub const REGENCIES: &[u8] = include_bytes!("../../data/gazetteer/regencies.csv.gz");
pub const DISTRICTS: &[u8] = include_bytes!("../../data/gazetteer/districts.csv.gz");
pub const LAND: &[u8] = include_bytes!("../../data/land/indonesia.geojson.gz");

/// The villages of each province by its code.
pub const VILLAGES: [(&str, &[u8]); 38] = [
    ("11", include_bytes!("../../data/gazetteer/villages/villages_11.csv.gz")),
    ("12", include_bytes!("../../data/gazetteer/villages/villages_12.csv.gz")),
    ("13", include_bytes!("../../data/gazetteer/villages/villages_13.csv.gz")),
    ("14", include_bytes!("../../data/gazetteer/villages/villages_14.csv.gz")),
    ("15", include_bytes!("../../data/gazetteer/villages/villages_15.csv.gz")),
    ("16", include_bytes!("../../data/gazetteer/villages/villages_16.csv.gz")),
    ("17", include_bytes!("../../data/gazetteer/villages/villages_17.csv.gz")),
    ("18", include_bytes!("../../data/gazetteer/villages/villages_18.csv.gz")),
    ("19", include_bytes!("../../data/gazetteer/villages/villages_19.csv.gz")),
    ("21", include_bytes!("../../data/gazetteer/villages/villages_21.csv.gz")),
    ("31", include_bytes!("../../data/gazetteer/villages/villages_31.csv.gz")),
    ("32", include_bytes!("../../data/gazetteer/villages/villages_32.csv.gz")),
    ("33", include_bytes!("../../data/gazetteer/villages/villages_33.csv.gz")),
    ("34", include_bytes!("../../data/gazetteer/villages/villages_34.csv.gz")),
    ("35", include_bytes!("../../data/gazetteer/villages/villages_35.csv.gz")),
    ("36", include_bytes!("../../data/gazetteer/villages/villages_36.csv.gz")),
    ("51", include_bytes!("../../data/gazetteer/villages/villages_51.csv.gz")),
    ("52", include_bytes!("../../data/gazetteer/villages/villages_52.csv.gz")),
    ("53", include_bytes!("../../data/gazetteer/villages/villages_53.csv.gz")),
    ("61", include_bytes!("../../data/gazetteer/villages/villages_61.csv.gz")),
    ("62", include_bytes!("../../data/gazetteer/villages/villages_62.csv.gz")),
    ("63", include_bytes!("../../data/gazetteer/villages/villages_63.csv.gz")),
    ("64", include_bytes!("../../data/gazetteer/villages/villages_64.csv.gz")),
    ("65", include_bytes!("../../data/gazetteer/villages/villages_65.csv.gz")),
    ("71", include_bytes!("../../data/gazetteer/villages/villages_71.csv.gz")),
    ("72", include_bytes!("../../data/gazetteer/villages/villages_72.csv.gz")),
    ("73", include_bytes!("../../data/gazetteer/villages/villages_73.csv.gz")),
    ("74", include_bytes!("../../data/gazetteer/villages/villages_74.csv.gz")),
    ("75", include_bytes!("../../data/gazetteer/villages/villages_75.csv.gz")),
    ("76", include_bytes!("../../data/gazetteer/villages/villages_76.csv.gz")),
    ("81", include_bytes!("../../data/gazetteer/villages/villages_81.csv.gz")),
    ("82", include_bytes!("../../data/gazetteer/villages/villages_82.csv.gz")),
    ("91", include_bytes!("../../data/gazetteer/villages/villages_91.csv.gz")),
    ("92", include_bytes!("../../data/gazetteer/villages/villages_92.csv.gz")),
    ("93", include_bytes!("../../data/gazetteer/villages/villages_93.csv.gz")),
    ("94", include_bytes!("../../data/gazetteer/villages/villages_94.csv.gz")),
    ("95", include_bytes!("../../data/gazetteer/villages/villages_95.csv.gz")),
    ("96", include_bytes!("../../data/gazetteer/villages/villages_96.csv.gz")),
];
