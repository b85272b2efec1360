// In place of AWS' types, where only the schema is wanted (tsconfig.json).
export {};
