CREATE SCHEMA "My app";
CREATE TABLE "My app"."T" ("Id" int);
