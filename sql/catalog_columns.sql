-- Every column of the catalogs that comparisons read.  One that a newer server has and that is not
-- here is one that nothing looks at: what it says would be lost without a word.  Read it in its kind
-- (src/kinds), or see that it never differs between a schema and its copy, and add it here.
SELECT $$
pg_aggregate: aggfnoid aggkind aggnumdirectargs aggtransfn aggfinalfn aggcombinefn aggserialfn aggdeserialfn
  aggmtransfn aggminvtransfn aggmfinalfn aggfinalextra aggmfinalextra aggfinalmodify aggmfinalmodify aggsortop
  aggtranstype aggtransspace aggmtranstype aggmtransspace agginitval aggminitval
pg_am: oid amname amhandler amtype
pg_amop: oid amopfamily amoplefttype amoprighttype amopstrategy amoppurpose amopopr amopmethod amopsortfamily
pg_amproc: oid amprocfamily amproclefttype amprocrighttype amprocnum amproc
pg_attrdef: oid adrelid adnum adbin
pg_attribute: attrelid attname atttypid attstattarget attlen attnum attndims attcacheoff atttypmod attbyval
  attstorage attalign attnotnull atthasdef atthasmissing attidentity attgenerated attisdropped attislocal
  attinhcount attcollation attacl attoptions attfdwoptions attmissingval attcompression
pg_cast: oid castsource casttarget castfunc castcontext castmethod
pg_class: oid relname relnamespace reltype reloftype relowner relam relfilenode reltablespace relpages reltuples
  relallvisible reltoastrelid relhasindex relisshared relpersistence relkind relnatts relchecks relhasrules
  relhastriggers relhassubclass relrowsecurity relforcerowsecurity relispopulated relreplident relispartition
  relrewrite relfrozenxid relminmxid relacl reloptions relpartbound relallfrozen
pg_collation: oid collname collnamespace collowner collprovider collisdeterministic collencoding collcollate
  collctype collversion colliculocale colllocale collicurules
pg_constraint: oid conname connamespace contype condeferrable condeferred convalidated conrelid contypid conindid
  conparentid confrelid confupdtype confdeltype confmatchtype conislocal coninhcount connoinherit conkey confkey
  conpfeqop conppeqop conffeqop conexclop conbin confdelsetcols conenforced conperiod
pg_conversion: oid conname connamespace conowner conforencoding contoencoding conproc condefault
pg_default_acl: oid defaclrole defaclnamespace defaclobjtype defaclacl
pg_enum: oid enumtypid enumsortorder enumlabel
pg_event_trigger: oid evtname evtevent evtowner evtfoid evtenabled evttags
pg_extension: oid extname extowner extnamespace extrelocatable extversion extconfig extcondition
pg_foreign_data_wrapper: oid fdwname fdwowner fdwhandler fdwvalidator fdwacl fdwoptions fdwconnection
pg_foreign_server: oid srvname srvowner srvfdw srvtype srvversion srvacl srvoptions
pg_foreign_table: ftrelid ftserver ftoptions
pg_index: indexrelid indrelid indnatts indnkeyatts indisunique indisprimary indisexclusion indimmediate
  indisclustered indisvalid indcheckxmin indisready indislive indisreplident indkey indcollation indclass indoption
  indexprs indpred indnullsnotdistinct
pg_inherits: inhrelid inhparent inhseqno inhdetachpending
pg_language: oid lanname lanowner lanispl lanpltrusted lanplcallfoid laninline lanvalidator lanacl
pg_namespace: oid nspname nspowner nspacl
pg_opclass: oid opcmethod opcname opcnamespace opcowner opcfamily opcintype opcdefault opckeytype
pg_operator: oid oprname oprnamespace oprowner oprkind oprcanmerge oprcanhash oprleft oprright oprresult oprcom
  oprnegate oprcode oprrest oprjoin
pg_opfamily: oid opfmethod opfname opfnamespace opfowner
pg_policy: oid polname polrelid polcmd polpermissive polroles polqual polwithcheck
pg_proc: oid proname pronamespace proowner prolang procost prorows provariadic prosupport prokind prosecdef
  proleakproof proisstrict proretset provolatile proparallel pronargs pronargdefaults prorettype proargtypes
  proallargtypes proargmodes proargnames proargdefaults protrftypes prosrc probin proconfig proacl prosqlbody
pg_publication: oid pubname pubowner puballtables pubinsert pubupdate pubdelete pubtruncate pubviaroot pubgencols
  puballsequences
pg_publication_namespace: oid pnpubid pnnspid
pg_publication_rel: oid prpubid prrelid prqual prattrs prexcept
pg_range: rngtypid rngsubtype rngcollation rngsubopc rngcanonical rngsubdiff rngmultitypid rngconstruct2
  rngconstruct3 rngmltconstruct0 rngmltconstruct1 rngmltconstruct2
pg_rewrite: oid rulename ev_class ev_type ev_enabled is_instead ev_qual ev_action
pg_sequence: seqrelid seqtypid seqstart seqincrement seqmax seqmin seqcache seqcycle
pg_statistic_ext: oid stxrelid stxname stxnamespace stxowner stxstattarget stxkeys stxkind stxexprs
pg_subscription: oid subdbid subname subowner subenabled subconninfo subslotname subsynccommit subpublications
  subskiplsn subbinary substream subtwophasestate subdisableonerr subpasswordrequired subrunasowner subfailover
  suborigin subretaindeadtuples submaxretention subretentionactive subserver subwalrcvtimeout
pg_transform: oid trftype trflang trffromsql trftosql
pg_trigger: oid tgrelid tgparentid tgname tgfoid tgtype tgenabled tgisinternal tgconstrrelid tgconstrindid
  tgconstraint tgdeferrable tginitdeferred tgnargs tgattr tgargs tgqual tgoldtable tgnewtable
pg_ts_config: oid cfgname cfgnamespace cfgowner cfgparser
pg_ts_config_map: mapcfg maptokentype mapseqno mapdict
pg_ts_dict: oid dictname dictnamespace dictowner dicttemplate dictinitoption
pg_ts_parser: oid prsname prsnamespace prsstart prstoken prsend prsheadline prslextype
pg_ts_template: oid tmplname tmplnamespace tmplinit tmpllexize
pg_type: oid typname typnamespace typowner typlen typbyval typtype typcategory typispreferred typisdefined typdelim
  typrelid typelem typarray typinput typoutput typreceive typsend typmodin typmodout typanalyze typalign typstorage
  typnotnull typbasetype typtypmod typndims typcollation typdefaultbin typdefault typacl typsubscript
$$ AS known \gset
WITH line AS (
	SELECT regexp_match(line, '^(\w+): (.*)$') AS m FROM regexp_split_to_table(:'known', '\n(?=pg_)') AS line)
SELECT a.attrelid::regclass AS catalog, a.attname AS column
  FROM pg_attribute a JOIN line ON m[1] = a.attrelid::regclass::text
 WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (regexp_split_to_array(m[2], '\s+'))
 ORDER BY 1, 2;
