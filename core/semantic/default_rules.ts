/**
 * The kinds of files that Orbit knows.
 *
 * Critical is what a system doesn't start or can't be trusted without; high is what people made;
 * low is what programs make again by themselves. Everything else is normal. Extensions are listed
 * as normal when they are common, so that no header has to be read for them.
 */
import type { SemanticRule } from "./rule.ts";

const words = (text: string): string[] => text.trim().split(/\s+/);

const DATABASES: readonly SemanticRule[] = [
  {
    priority: "critical",
    reason: "SQLite database",
    extensions: words("sqlite sqlite3 db db3 s3db sl3 gpkg"),
    magic: [{ offset: 0, bytes: "SQLite format 3\0" }],
  },
  {
    priority: "critical",
    reason: "write-ahead log or journal of a database",
    extensions: words(`
      wal aof sqlite-wal sqlite3-wal db-wal db3-wal sqlite-shm sqlite3-shm db-shm db3-shm
      sqlite-journal sqlite3-journal db-journal db3-journal`),
    names: words("ib_logfile0 ib_logfile1 ibdata1 undo_001 undo_002"),
    magic: [
      { offset: 0, bytes: "\x37\x7f\x06\x82" },
      { offset: 0, bytes: "\x37\x7f\x06\x83" },
      { offset: 0, bytes: "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" },
    ],
  },
  {
    priority: "critical",
    reason: "database",
    extensions: words(`
      redb mdb accdb ibd frm myd myi mdf ndf ldf dbf fdb gdb realm lmdb rdb edb sst duckdb wt`),
    names: words("pg_version pg_control pg_filenode.map data.mdb"),
    magic: [
      { offset: 0, bytes: "redb\x1a\x0a\xa9\x0d\x0a" },
      { offset: 4, bytes: "Standard Jet DB" },
      { offset: 4, bytes: "Standard ACE DB" },
      { offset: 8, bytes: "DUCK" },
      { offset: 16, bytes: "\xde\xc0\xef\xbe" },
      { offset: 12, bytes: "\x61\x15\x06\x00" },
      { offset: 12, bytes: "\x62\x31\x05\x00" },
      { offset: 0, bytes: "REDIS0" },
    ],
  },
  {
    priority: "high",
    reason: "database dump",
    extensions: words("sql dump pgdump"),
    magic: [
      { offset: 0, bytes: "PGDMP" },
      { offset: 0, bytes: "-- MySQL dump" },
      { offset: 0, bytes: "-- MariaDB dump" },
      { offset: 0, bytes: "--\n-- PostgreSQL database" },
    ],
  },
];

const SECRETS: readonly SemanticRule[] = [
  {
    priority: "critical",
    reason: "key or certificate",
    extensions: words(`
      pem key crt cer der csr p7b p8 p12 pfx jks keystore ppk gpg pgp asc kdbx kdb agekey ovpn`),
    names: words(`
      id_rsa id_dsa id_ecdsa id_ed25519 authorized_keys known_hosts ssh_host_rsa_key
      ssh_host_ecdsa_key ssh_host_ed25519_key secring.gpg pubring.kbx trustdb.gpg wallet.dat`),
    magic: [
      { offset: 0, bytes: "-----BEGIN " },
      { offset: 0, bytes: "PuTTY-User-Key-File-" },
      { offset: 0, bytes: "\x03\xd9\xa2\x9a" },
      { offset: 0, bytes: "\xfe\xed\xfe\xed" },
    ],
  },
  {
    priority: "critical",
    reason: "credentials",
    extensions: words("env htpasswd keytab"),
    names: words(`
      .env .netrc .pgpass .my.cnf .htpasswd .git-credentials .npmrc .pypirc credentials
      passwd shadow group gshadow sudoers`),
  },
];

const SETTINGS: readonly SemanticRule[] = [
  {
    priority: "critical",
    reason: "configuration",
    extensions: words(`
      conf config cfg cnf ini toml yaml yml properties plist reg service socket timer mount target
      tf tfvars tfstate hcl netdev network nix`),
    names: words(`
      fstab crypttab mdadm.conf hosts hostname resolv.conf crontab exports profile
      .bashrc .bash_profile .profile .zshrc .gitconfig .gitattributes .gitignore .gitmodules
      .editorconfig .vimrc .inputrc .dockerignore dockerfile containerfile vagrantfile makefile
      jenkinsfile procfile caddyfile`),
  },
  {
    priority: "critical",
    reason: "virtual machine settings",
    extensions: words("vmx vmxf vmsd vmss vmsn nvram vbox vbox-prev ovf vmcx vmrs"),
    magic: [{ offset: 0, bytes: "# Disk DescriptorFile" }],
  },
];

const DOCUMENTS: readonly SemanticRule[] = [
  {
    priority: "high",
    reason: "document",
    extensions: words(`
      pdf doc docx docm dot dotx xls xlsx xlsm xlsb ppt pptx pptm odt ods odp odg odf rtf tex bib
      md markdown rst adoc org epub mobi pages numbers keynote vsd vsdx pub one ps eps xps djvu
      dwg dxf psd ai indd sketch fig xcf kra blend ipynb`),
    names: words("readme license changelog todo notes"),
    magic: [
      { offset: 0, bytes: "%PDF-" },
      { offset: 0, bytes: "{\\rtf" },
      { offset: 0, bytes: "%!PS" },
      { offset: 0, bytes: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" },
    ],
  },
  {
    priority: "high",
    reason: "mail, contacts or calendar",
    extensions: words("eml emlx msg mbox pst ost vcf ics"),
    magic: [{ offset: 0, bytes: "!BDN" }, { offset: 0, bytes: "BEGIN:VC" }],
  },
  {
    priority: "high",
    reason: "disk of a virtual machine",
    extensions: words("qcow qcow2 vdi vhd vhdx"),
    magic: [
      { offset: 0, bytes: "QFI\xfb" },
      { offset: 0, bytes: "KDMV" },
      { offset: 0, bytes: "vhdxfile" },
      { offset: 0, bytes: "conectix" },
      { offset: 64, bytes: "\x7f\x10\xda\xbe" },
      { offset: 0, bytes: "LUKS\xba\xbe" },
    ],
  },
  {
    priority: "high",
    reason: "disk of a virtual machine, or its description",
    extensions: words("vmdk"),
    headerMatters: true,
  },
];

const REBUILDABLE: readonly SemanticRule[] = [
  {
    priority: "low",
    reason: "temporary file",
    extensions: words("tmp temp swp swo swx part partial crdownload download lock lck pid ~"),
    names: words(".ds_store thumbs.db ehthumbs.db desktop.ini .localized"),
    directories: words("tmp temp .tmp .trash .trashes $recycle.bin lost+found"),
  },
  {
    priority: "low",
    reason: "log",
    extensions: words("log journal trace etl"),
    names: words("syslog messages dmesg wtmp btmp lastlog nohup.out .bash_history .viminfo"),
  },
  {
    priority: "low",
    reason: "cache",
    extensions: words("cache"),
    directories: words(`
      .cache cache caches cacheddata gpucache __pycache__ .pytest_cache .mypy_cache .ruff_cache
      node_modules .npm .gradle .parcel-cache .turbo .next .nuxt .tox .ccache .sass-cache`),
  },
  {
    priority: "low",
    reason: "made again by a build",
    extensions: words(
      "o obj lo la pyc pyo class pch gch ilk pdb idb tsbuildinfo dsym rmeta rlib d",
    ),
  },
  {
    priority: "low",
    reason: "made again from other media",
    extensions: words("thumb lrprev lrdata pek cfa peak reapeaks proxy xmpcache"),
    directories: words(".thumbnails thumbnails @eadir"),
  },
];

const ORDINARY: readonly SemanticRule[] = [
  {
    priority: "normal",
    reason: "data",
    extensions: words(`
      txt text dat data bin raw csv tsv json jsonl ndjson json5 geojson xml xsd xsl svg parquet avro
      orc arrow feather npy npz h5 hdf5 mat pkl pickle pt pth onnx safetensors gguf proto pb fits
      nc sav rds po pot mo srt vtt sum md5 sha1 sha256 b3 sig diff patch list lst idx index pack
      img iso dmg`),
  },
  {
    priority: "normal",
    reason: "program text",
    extensions: words(`
      c h cc cpp cxx hh hpp hxx m mm rs go java kt kts scala groovy clj cs fs vb swift py pyi pyx rb
      pl pm php lua r jl hs ml mli ex exs erl dart zig nim js mjs cjs jsx ts mts cts tsx vue svelte
      html htm xhtml css scss sass less sh bash zsh fish ps1 bat cmd awk sed asm s f f90 map mk cmake
      gradle in am ac m4 wat tmpl j2 el lisp scm`),
  },
  {
    priority: "normal",
    reason: "program or library",
    extensions: words(
      "exe dll so dylib a lib ko sys msi app jar war ear apk ipa deb rpm wasm node",
    ),
    magic: [{ offset: 0, bytes: "\x7fELF" }, { offset: 0, bytes: "#!" }],
  },
  {
    priority: "normal",
    reason: "archive",
    extensions: words(`
      zip tar gz tgz bz2 tbz xz txz zst tzst lz lz4 lzma br 7z rar cab cpio ar z whl gem crate`),
    magic: [
      { offset: 0, bytes: "PK\x03\x04" },
      { offset: 0, bytes: "\x1f\x8b" },
      { offset: 0, bytes: "\x28\xb5\x2f\xfd" },
      { offset: 0, bytes: "\xfd7zXZ\0" },
      { offset: 257, bytes: "ustar" },
    ],
  },
  {
    priority: "normal",
    reason: "image, sound or video",
    extensions: words(`
      jpg jpeg jpe png gif bmp tif tiff webp heic heif avif ico icns jxl cr2 cr3 nef arw dng orf rw2
      raf xmp exr hdr mp3 m4a aac flac wav aif aiff ogg oga opus wma mid mp4 m4v mov mkv avi webm wmv
      mpg mpeg m2ts ogv flv 3gp ttf otf woff woff2 eot stl gltf glb fbx`),
  },
  {
    priority: "normal",
    reason: "copy of another file",
    extensions: words("bak old orig save backup copy"),
    headerMatters: true,
  },
];

/** Later rules win where two name the same thing. */
export const DEFAULT_RULES: readonly SemanticRule[] = [
  ...ORDINARY,
  ...REBUILDABLE,
  ...DOCUMENTS,
  ...SETTINGS,
  ...SECRETS,
  ...DATABASES,
];
