import { EvaluationError } from '../values/error.ts';
import { LatLng } from '../values/latlng.ts';
import { floatText } from './float-text.ts';
import { builtin } from './signature.ts';

/** `latlng.*`. */
export const latLngFunctions = {
  value: builtin<[number, number]>(['latlng.value(float, float)'], (latitude, longitude) => {
    if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return new LatLng(latitude, longitude);
    return new EvaluationError(
      `Latitude should be in [-90,90] range and longitude should be in [-180,180] range. latitude: ${floatText(latitude)}, longitude: ${floatText(longitude)}.`,
    );
  }),
};
