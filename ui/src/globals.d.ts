/** True in every build but the one that goes into the till: lib/fake.ts may be loaded. */
declare const __FAKE_TILL__: boolean;
